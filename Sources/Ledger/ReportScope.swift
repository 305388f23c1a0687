public import Domain

/// Which requests a report is over, and which limits it holds all of them against.
public struct ReportScope: Hashable, Sendable {
    /// Requests that began at this Unix millisecond or later; `nil` for all.
    public var since: Int64?
    /// Requests that began before this Unix millisecond; `nil` for all.
    public var until: Int64?
    /// What a request may cost at most, failed attempts included; `nil` for any.
    public var costMax: Money?
    /// How long a request may take, in microseconds; `nil` for any.
    public var durationMicrosecondsMax: Int64?

    /// The requests from `since` and before `until`, with no limits.
    public init(since: Int64? = nil, until: Int64? = nil) {
        self.since = since
        self.until = until
    }

    /// Whether a limit is set.
    public var hasLimits: Bool { costMax != nil || durationMicrosecondsMax != nil }
}
