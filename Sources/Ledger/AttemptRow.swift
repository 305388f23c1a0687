public import Domain

/// One attempt of a request at an upstream, as the ledger keeps it.
public struct AttemptRow: Hashable, Sendable {
    /// The longest error text that is kept, in bytes.
    public static let errorTextBytesMax = 512

    /// The model that was tried.
    public var model: ModelID
    /// How the attempt ended.
    public var outcome: Outcome
    /// The upstream's HTTP status, if it answered.
    public var status: Int?
    /// The tokens that the upstream reported, or the gateway's estimate.
    public var usage = TokenUsage.zero
    /// What the attempt cost.
    public var cost = Money.zero
    /// The energy that it took, in joules.
    public var energyJoules = 0.0
    /// The carbon that it emitted.
    public var carbon = Carbon.zero
    /// When it began, after the request's start.
    public var startedOffsetMicroseconds: Int64 = 0
    /// How long it took.
    public var durationMicroseconds: Int64 = 0
    /// From its start to the upstream's first byte.
    public var timeToFirstByteMicroseconds: Int64?
    /// What went wrong, cut at ``errorTextBytesMax`` when written.
    public var errorText: String?

    /// An attempt at `model` that ended with `outcome`.
    public init(model: ModelID, outcome: Outcome) {
        self.model = model
        self.outcome = outcome
    }
}
