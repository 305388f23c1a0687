public import Accounting
public import Domain

/// What a decision expects of one model, and what became of it.
public struct Candidate: Hashable, Sendable {
    /// The model's place in the catalogue.
    public let index: Int
    /// Expected tokens of the answer.
    public let outputTokens: Int
    /// Expected cost of one attempt.
    public let expectedCost: Money
    /// Expected time of the whole answer.
    public var expectedLatency: Duration { .nanoseconds(latencyNanoseconds) }
    /// Expected quality of the answer, 0 to 1.
    public let quality: Double
    /// Expected emissions of one attempt.
    public let carbon: CarbonEstimate
    /// What the strategy makes of it, higher is better; `nil` if it was rejected first.
    ///
    /// Scores of one decision compare with each other and with nothing else.
    public internal(set) var score: Double?
    /// Why it was not up for choice; `nil` if it was.
    public internal(set) var rejection: Rejection?

    /// Whether it is up for choice.
    var isOpen: Bool { rejection == nil }

    let latencyNanoseconds: Int64
    let terms: Terms
    /// Every constraint that it misses.
    let misses: ConstraintSet
}

/// What scores are made of, for one model; ``Router`` divides each by the fleet's largest.
struct Terms: Hashable, Sendable {
    /// Dollars per success.
    var cost: Double
    /// Nanoseconds, stretched by the load.
    var latency: Double
    /// Quality times success rate.
    var quality: Double
    /// The share of slots that is free.
    var headroom: Double
    /// Micrograms of CO2e; counts only where a strategy weighs them, or a carbon budget is short.
    var carbon: Double

    static let zero = Terms(cost: 0, latency: 0, quality: 0, headroom: 0, carbon: 0)

    /// The larger of each.
    func ceiling(_ other: Terms) -> Terms {
        Terms(
            cost: max(cost, other.cost),
            latency: max(latency, other.latency),
            quality: max(quality, other.quality),
            headroom: max(headroom, other.headroom),
            carbon: max(carbon, other.carbon)
        )
    }
}
