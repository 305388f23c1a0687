internal import Accounting
import Domain
import Ledger
internal import Reactor
import Synchronization

/// The counters and histograms of finished requests: what one event loop has seen of them.
///
/// A loop counts a request once, when it is over, under its own lock; a scrape merges the loops.
struct RequestMetrics: Sendable {
    /// What a model's requests are counted by.
    struct Kind: Hashable {
        let endpoint: Model.Endpoint
        let outcome: Outcome
    }

    /// What is summed up by model.
    struct ModelTotals: Sendable {
        var requests: [Kind: Int] = [:]
        var attempts: [Outcome: Int] = [:]
        /// Second attempts beside late ones that answered, and the others.
        var hedgesWon = 0
        var hedgesLost = 0
        var usage = TokenUsage.zero
        var cost = Money.zero
        var joules = AmountByProvenance()
        var grams = AmountByProvenance()
        /// What the best able models would have cost and emitted in its place, for the requests that are compared.
        var otherCost = Money.zero
        var otherGrams = 0.0
        /// Of the requests that set limits, those that were answered within them, and the others.
        var limitsKept = 0
        var limitsMissed = 0
        var duration = Histogram.request
        var timeToFirstToken = Histogram.request
        var timeBetweenTokens = Histogram.pause

        fileprivate mutating func add(_ attempt: FinishedRequest.Attempt) {
            attempts[attempt.outcome, default: 0] += 1
            if attempt.isHedge { if attempt.outcome == .completed { hedgesWon += 1 } else { hedgesLost += 1 } }
            usage = usage + attempt.usage
            cost += attempt.cost
            joules[attempt.carbon.provenance] += attempt.joules
            grams[attempt.carbon.provenance] += attempt.carbon.central.grams
        }
    }

    private(set) var models: [ModelID: ModelTotals] = [:]
    /// What became of the requests whose answers were checked.
    private(set) var cascades: [CascadeReport.Result: Int] = [:]
    /// What prompts were scored by, of those that a router was asked about.
    private(set) var bases: [PromptOpinion.Basis: Int] = [:]
    private(set) var overhead = Histogram.overhead
    private(set) var queued = Histogram.overhead

    mutating func count(_ request: FinishedRequest) {
        overhead.observe(nanoseconds: request.overhead.nanoseconds)
        if request.queued > .zero { queued.observe(nanoseconds: request.queued.nanoseconds) }
        if let cascade = request.cascade { cascades[cascade, default: 0] += 1 }
        if let basis = request.basis { bases[basis, default: 0] += 1 }
        Self.count(request, in: &models[request.model, default: ModelTotals()])
        for attempt in request.attempts where attempt.model != request.model {
            models[attempt.model, default: ModelTotals()].add(attempt)
        }
    }

    /// Static, since a method would hold a copy of the dictionary that it changes, and so copy all of it.
    private static func count(_ request: FinishedRequest, in totals: inout ModelTotals) {
        totals.requests[Kind(endpoint: request.endpoint, outcome: request.outcome), default: 0] += 1
        // Each model is charged what it took itself: a failed attempt is not its successor's.
        for attempt in request.attempts where attempt.model == request.model { totals.add(attempt) }
        totals.otherCost += request.otherCost
        totals.otherGrams += request.otherCarbon.grams
        if let isWithinLimits = request.isWithinLimits {
            if isWithinLimits { totals.limitsKept += 1 } else { totals.limitsMissed += 1 }
        }
        totals.duration.observe(nanoseconds: request.duration.nanoseconds)
        if let first = request.timeToFirstToken { totals.timeToFirstToken.observe(nanoseconds: first.nanoseconds) }
        if let pauses = request.pauses { totals.timeBetweenTokens.merge(pauses) }
    }

    /// Adds what another loop has seen.
    mutating func merge(_ other: RequestMetrics) {
        overhead.merge(other.overhead)
        queued.merge(other.queued)
        cascades.merge(other.cascades, uniquingKeysWith: +)
        bases.merge(other.bases, uniquingKeysWith: +)
        models.merge(other.models) { mine, theirs in
            var sum = mine
            sum.requests.merge(theirs.requests, uniquingKeysWith: +)
            sum.attempts.merge(theirs.attempts, uniquingKeysWith: +)
            sum.hedgesWon += theirs.hedgesWon
            sum.hedgesLost += theirs.hedgesLost
            sum.usage = mine.usage + theirs.usage
            sum.cost += theirs.cost
            sum.joules += theirs.joules
            sum.grams += theirs.grams
            sum.otherCost += theirs.otherCost
            sum.otherGrams += theirs.otherGrams
            sum.limitsKept += theirs.limitsKept
            sum.limitsMissed += theirs.limitsMissed
            sum.duration.merge(theirs.duration)
            sum.timeToFirstToken.merge(theirs.timeToFirstToken)
            sum.timeBetweenTokens.merge(theirs.timeBetweenTokens)
            return sum
        }
    }
}

/// What the metrics need to know of a request that is over.
struct FinishedRequest {
    let endpoint: Model.Endpoint
    /// The model that answered, or the last one tried; `none` if no model was.
    let model: ModelID
    let outcome: Outcome
    let attempts: [Attempt]
    let duration: Duration
    let queued: Duration
    let timeToFirstToken: Duration?
    let pauses: Histogram?
    /// Request time minus the provider's and the queue's.
    let overhead: Duration
    /// What the best able model would have cost; zero where there was no answer to compare.
    let otherCost: Money
    /// What it would have emitted.
    let otherCarbon: Carbon
    /// Whether the answer kept to the client's limits; `nil` where there were none.
    let isWithinLimits: Bool?
    /// What became of the check of its answers; `nil` where there was none.
    let cascade: CascadeReport.Result?
    /// What its prompt was scored by; `nil` where no router was asked.
    let basis: PromptOpinion.Basis?

    /// One call of one backend, and what it took.
    struct Attempt {
        let model: ModelID
        let outcome: Outcome
        /// Whether it was sent beside one that was late.
        let isHedge: Bool
        let usage: TokenUsage
        let cost: Money
        let joules: Double
        let carbon: CarbonEstimate
    }
}

/// One loop's share of the metrics.
final class MetricsShard: Sendable {
    private let state = Mutex(RequestMetrics())

    func count(_ request: FinishedRequest) { state.withLock { $0.count(request) } }
    func snapshot() -> RequestMetrics { state.withLock { $0 } }
}
