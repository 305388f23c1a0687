import Domain
import Ledger
internal import Reactor
import Synchronization

/// The counters and histograms of finished requests: what one event loop has seen of them.
///
/// A loop counts a request once, when it is over, under its own lock; a scrape merges the loops.
struct RequestMetrics: Sendable {
    /// What requests are counted by.
    struct Series: Hashable {
        let endpoint: Model.Endpoint
        let model: ModelID
        let outcome: Outcome
    }

    /// What attempts are counted by.
    struct AttemptSeries: Hashable {
        let model: ModelID
        let outcome: Outcome
    }

    /// What is summed up by model.
    struct ModelTotals: Sendable {
        var usage = TokenUsage.zero
        var cost = Money.zero
        var joules = 0.0
        var gramsOfCarbon = 0.0
        var duration = Histogram.request
        var timeToFirstToken = Histogram.request
        var timeBetweenTokens = Histogram.pause

        fileprivate mutating func add(_ attempt: FinishedRequest.Attempt) {
            usage = usage + attempt.usage
            cost += attempt.cost
            joules += attempt.joules
            gramsOfCarbon += attempt.gramsOfCarbon
        }
    }

    private(set) var requests: [Series: Int] = [:]
    private(set) var attempts: [AttemptSeries: Int] = [:]
    private(set) var models: [ModelID: ModelTotals] = [:]
    private(set) var overhead = Histogram.overhead
    private(set) var queued = Histogram.overhead

    mutating func count(_ request: FinishedRequest) {
        requests[Series(endpoint: request.endpoint, model: request.model, outcome: request.outcome), default: 0] += 1
        for attempt in request.attempts { count(attempt) }
        overhead.observe(nanoseconds: request.overhead.nanoseconds)
        if request.queued > .zero { queued.observe(nanoseconds: request.queued.nanoseconds) }
        count(request, in: &models[request.model, default: ModelTotals()])
    }

    /// Each model is charged what it took itself: a failed attempt is not its successor's.
    private mutating func count(_ attempt: FinishedRequest.Attempt) {
        attempts[AttemptSeries(model: attempt.model, outcome: attempt.outcome), default: 0] += 1
        models[attempt.model, default: ModelTotals()].add(attempt)
    }

    private func count(_ request: FinishedRequest, in totals: inout ModelTotals) {
        totals.duration.observe(nanoseconds: request.duration.nanoseconds)
        if let first = request.timeToFirstToken { totals.timeToFirstToken.observe(nanoseconds: first.nanoseconds) }
        if let pauses = request.pauses { totals.timeBetweenTokens.merge(pauses) }
    }

    /// Adds what another loop has seen.
    mutating func merge(_ other: RequestMetrics) {
        requests.merge(other.requests, uniquingKeysWith: +)
        attempts.merge(other.attempts, uniquingKeysWith: +)
        overhead.merge(other.overhead)
        queued.merge(other.queued)
        models.merge(other.models) { mine, theirs in
            var sum = mine
            sum.usage = mine.usage + theirs.usage
            sum.cost += theirs.cost
            sum.joules += theirs.joules
            sum.gramsOfCarbon += theirs.gramsOfCarbon
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

    /// One call of one backend, and what it took.
    struct Attempt {
        let model: ModelID
        let outcome: Outcome
        let usage: TokenUsage
        let cost: Money
        let joules: Double
        let gramsOfCarbon: Double
    }
}

/// One loop's share of the metrics.
final class MetricsShard: Sendable {
    private let state = Mutex(RequestMetrics())

    func count(_ request: FinishedRequest) { state.withLock { $0.count(request) } }
    func snapshot() -> RequestMetrics { state.withLock { $0 } }
}
