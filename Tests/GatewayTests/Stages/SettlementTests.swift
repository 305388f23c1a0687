import Domain
import Ledger
import Reactor
import Routing
import Tenancy
import Testing
import Wire

@testable import Gateway

/// What a request cost, took and emitted, whatever became of it.
@Suite struct SettlementTests {
    private let policy: Policy
    private let end = Instant.at(1500)

    init() throws {
        policy = try Policy.test([entry("a"), entry("b", "provider: simulated, prices: { input: 10, output: 10 }")])
    }

    /// An attempt that began at `start` milliseconds after the request and took `duration`.
    private func attempt(
        _ index: Int,
        start: UInt64 = 0,
        _ duration: Duration,
        _ usage: TokenUsage,
        _ outcome: Outcome
    ) -> RequestRecord.Attempt {
        var attempt = policy.attempt(index, at: .at(1000 + start))
        attempt.duration = duration
        (attempt.usage, attempt.outcome) = (usage, outcome)
        attempt.cost = policy.catalogue.models[index].prices.cost(of: usage)
        if outcome != .completed { (attempt.status, attempt.error) = (500, "status 500") }
        return attempt
    }

    /// A record with one failed attempt of 100 tokens in, and a good one of 100 in and 20 out.
    private var record: RequestRecord {
        let record = RequestRecord.test()
        record.add(
            [
                attempt(0, .milliseconds(100), TokenUsage(input: 100, output: 0), .upstreamFailed),
                attempt(1, start: 150, .milliseconds(200), TokenUsage(input: 100, output: 20), .completed),
            ],
            by: policy
        )
        record.backend = policy.backends[1]
        record.queued = .milliseconds(50)
        return record
    }

    private let whole = Result<Answer, GatewayError>.success(.whole(status: 200, contentType: [], body: []))

    @Test func everyAttemptIsAddedUp() {
        let record = record
        record.settle(whole)
        #expect(record.usage == TokenUsage(input: 200, output: 20))
        #expect(record.cost.nanodollars == 200_000 + 1_200_000)
        #expect((record.outcome, record.status) == (.completed, 200))
    }

    @Test func theLedgersRowHasTheWhole() throws {
        let record = record
        record.client = Client(
            payer: Payer(organisation: TenantID(rawValue: "shop"), key: KeyID(rawValue: "app"))
        )
        record.requestedModel = "auto"
        record.firstTokenAt = .at(1250)
        record.settle(whole)
        let entry = record.ledgerEntry(by: policy, at: end)
        let row = entry.request
        #expect((row.keyID, row.tenant.rawValue, row.requestedModel) == ("app", "shop", "auto"))
        #expect((row.modelUsed?.rawValue, row.isSimulated, row.priceVersion) == ("b", true, "v1"))
        #expect((row.usage.total, row.cost.nanodollars, row.attemptCount) == (220, 1_400_000, 2))
        #expect(
            (row.durationMicroseconds, row.upstreamMicroseconds, row.queueMicroseconds) == (500_000, 300_000, 50_000)
        )
        #expect(row.overheadMicroseconds == 150_000, "what is left")
        #expect(row.timeToFirstTokenMicroseconds == 250_000)
        #expect(row.errorKind == nil)
        // 100 J, then 100 + 200 J, each doubled by the data centre, at 360 g/kWh.
        #expect(row.energyJoules == 800)
        #expect(row.carbon.micrograms == 80_000)
    }

    @Test func soDoItsAttempts() {
        let record = record
        record.settle(whole)
        let rows = record.ledgerEntry(by: policy, at: end).attempts
        #expect(rows.map(\.model.rawValue) == ["a", "b"])
        #expect(rows.map(\.outcome) == [.upstreamFailed, .completed])
        #expect(rows.map(\.status) == [500, nil])
        #expect(rows.map(\.cost.nanodollars) == [200_000, 1_200_000])
        #expect(rows.map(\.startedOffsetMicroseconds) == [0, 150_000])
        #expect(rows.map(\.durationMicroseconds) == [100_000, 200_000])
        #expect(rows.map(\.errorText) == ["status 500", nil])
    }

    /// Clocks of different threads may disagree by a little: nobody's overhead is negative.
    @Test func theOverheadIsNeverNegative() {
        let record = record
        record.queued = .seconds(9)
        record.settle(whole)
        #expect(record.ledgerEntry(by: policy, at: end).request.overheadMicroseconds == 0)
    }

    @Test func theMetricsSeeEachModelsOwnShare() {
        let record = record
        record.settle(whole)
        var metrics = RequestMetrics()
        metrics.count(record.finished(at: end))
        #expect(metrics.models[ModelID("a")]?.cost.nanodollars == 200_000)
        #expect(metrics.models[ModelID("b")]?.cost.nanodollars == 1_200_000)
        #expect(metrics.models[ModelID("b")]?.usage == TokenUsage(input: 100, output: 20))
        #expect(metrics.models[ModelID("b")]?.duration.count == 1)
        #expect(metrics.models[ModelID("a")]?.duration.count == 0, "it did not answer")
        #expect(metrics.requestCount == 1)
        #expect(metrics.attemptCount == 2)
        #expect(metrics.overhead.sumNanoseconds == 150_000_000)
        #expect(metrics.queued.count == 1)
    }

    @Test func theSharesOfTwoLoopsAddUp() {
        let record = record
        record.settle(whole)
        var (one, two) = (RequestMetrics(), RequestMetrics())
        one.count(record.finished(at: end))
        two.count(record.finished(at: end))
        two.count(record.finished(at: end))
        one.merge(two)
        #expect(one.requestCount == 3)
        #expect(one.models[ModelID("b")]?.cost.nanodollars == 3_600_000)
        #expect(one.models[ModelID("b")]?.duration.count == 3)
        #expect(one.overhead.count == 3)
    }

    @Test(arguments: [(200, Outcome.completed), (400, .invalid), (422, .invalid)])
    func aWholeAnswerIsAsGoodAsItsStatus(status: Int, outcome: Outcome) {
        let record = record
        record.settle(.success(.whole(status: status, contentType: [], body: [])))
        #expect((record.status, record.outcome) == (status, outcome))
    }

    @Test(arguments: [(SharedAnswer.Way.cache, Outcome.cacheHit), (.coalesced, .coalesced)])
    func anotherRequestsAnswerCostsNothing(way: SharedAnswer.Way, outcome: Outcome) {
        let record = RequestRecord.test()
        record.sharedBy = way
        record.settle(.success(.stream(rest: [], ending: [])))
        #expect((record.outcome, record.cost, record.usage) == (outcome, .zero, .zero))
    }

    @Test func afterAStreamHasBegunItsStatusIs200WhateverFollows() {
        for failure in [GatewayError.deadlinePassed, .clientClosed] {
            let record = record
            record.isStarted = true
            record.settle(.failure(failure))
            #expect((record.status, record.outcome) == (200, failure.outcome))
        }
    }

    @Test func aFailureIsRecordedByItsCode() {
        let record = record
        record.settle(.failure(.deadlinePassed))
        #expect((record.status, record.outcome, record.error) == (504, .timedOut, "timeout"))
        let left = self.record
        left.settle(.failure(.clientClosed))
        #expect((left.status, left.outcome, left.error) == (499, .clientClosed, ""))
    }
}

extension RequestMetrics {
    fileprivate var requestCount: Int { models.values.flatMap(\.requests.values).reduce(0, +) }
    fileprivate var attemptCount: Int { models.values.flatMap(\.attempts.values).reduce(0, +) }
}
