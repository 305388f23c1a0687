public import Domain

/// One line of a report: the requests of one group, summed.
///
/// Sums are exact. Latencies are those of successful requests, percentiles by nearest rank over every one of them.
public struct ReportRow: Hashable, Sendable {
    /// The group's names, one for each grouping asked for; empty where a request has none.
    public var group: [String]
    /// All requests.
    public var requests = 0
    /// Those whose client got its whole answer.
    public var successes = 0
    /// Prompt tokens.
    public var inputTokens = 0
    /// Generated tokens.
    public var outputTokens = 0
    /// What all attempts cost.
    public var cost = Money.zero
    /// What the best model would have charged for the same answers, less what was charged, failed attempts and all.
    public var saved = Money.zero
    /// The registry's quality of the models that answered, as a share of the best one's; a mean over the answers.
    ///
    /// An expectation: no answer was judged.
    public var qualityRetention: Double?
    /// Of the requests that set limits on cost or latency, the share whose answer kept to them.
    public var withinLimits: Double?
    /// The energy of all attempts, in joules.
    public var energyJoules = 0.0
    /// The carbon of all attempts.
    public var carbon = Carbon.zero
    /// The mean duration of a successful request.
    public var meanMicroseconds: Double?
    /// The median of the durations.
    public var p50Microseconds: Int64?
    /// The durations' 95th percentile.
    public var p95Microseconds: Int64?
    /// The median time to the first token, of those that have one.
    public var firstTokenP50Microseconds: Int64?
    /// Its 95th percentile.
    public var firstTokenP95Microseconds: Int64?
    /// Answers out of the gateway's cache.
    public var cacheHits = 0
    /// Requests that a simulated backend answered.
    public var simulated = 0

    /// The share of requests that succeeded, 0 to 1; 0 where there are none.
    public var successRate: Double { requests == 0 ? 0 : Double(successes) / Double(requests) }

    init(group: [String]) { self.group = group }
}
