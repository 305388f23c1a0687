import Domain
import Ledger
import Testing

/// Reports over a handful of requests, against figures worked out by hand.
@Suite struct SavingReportTests {
    /// A routed request; its cost and that of others in nanodollars, its carbon and that of others in micrograms.
    private func row(
        _ index: Int,
        _ model: String?,
        _ outcome: Outcome,
        cost: Int64,
        carbon: Int64,
        quality: Double? = nil,
        baseline: (cost: Int64, carbon: Int64)? = nil,
        alternatives: String = "",
        endpoint: String = "chat"
    ) -> RequestRow {
        var generator = SeededGenerator(seed: UInt64(index))
        let id = RequestID(unixMilliseconds: noon + Int64(index), using: &generator)
        var row = RequestRow(id: id, tenant: TenantID(rawValue: "shop"), endpoint: endpoint)
        row.strategy = "balanced"
        row.modelUsed = model.map(ModelID.init(_:))
        row.outcome = outcome
        row.cost = Money(nanodollars: cost)
        row.carbon = Carbon(micrograms: carbon)
        row.quality = quality
        row.durationMicroseconds = Int64(index) * 1_000_000
        row.baseline = RequestRow.Baseline(
            model: ModelID("large"),
            quality: 0.9,
            cost: baseline.map { Money(nanodollars: $0.cost) },
            carbon: baseline.map { Carbon(micrograms: $0.carbon) }
        )
        row.alternatives = Array(alternatives.utf8)
        return row
    }

    /// Four requests: small answers, large answers after a failed attempt (20 of its 120), the cache hits, nobody answers.
    private var four: [RequestRow] {
        [
            row(
                1,
                "small",
                .completed,
                cost: 10,
                carbon: 1,
                quality: 0.5,
                baseline: (100, 10),
                alternatives: #"{"large":[0.9,100,10],"medium":[0.8,40,4],"small":[0.5,10,1]}"#
            ),
            row(
                2,
                "large",
                .completed,
                cost: 120,
                carbon: 12,
                quality: 0.9,
                baseline: (100, 10),
                alternatives: #"{"large":[0.9,100,10],"medium":[0.8,40,4]}"#
            ),
            row(
                3,
                "large",
                .cacheHit,
                cost: 0,
                carbon: 0,
                quality: 0.9,
                baseline: (50, 5),
                alternatives: #"{"large":[0.9,50,5],"medium":[0.8,20,2],"small":[0.5,5,1]}"#
            ),
            row(4, nil, .upstreamFailed, cost: 7, carbon: 2),
        ]
    }

    private func record(
        _ rows: [RequestRow],
        feedback: [Feedback] = [],
        in fixture: LedgerFixture
    ) async throws -> LedgerReader {
        let writer = try fixture.writer()
        for row in rows { writer.record(LedgerEntry(request: row, attempts: [])) }
        await writer.flush()
        writer.close()
        let store = try fixture.control()
        for feedback in feedback { try await store.add(feedback, from: nil) }
        return try fixture.reader()
    }

    /// The best model would have cost 100 + 100 + 50 and emitted 25; 10 + 120 + 0 + 7 and 15 were charged.
    @Test(arguments: StoreKind.available)
    func againstTheBestEverythingIsCharged(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let saving = try await record(four, in: fixture).totals().againstBest
        #expect(saving.count == 4)
        #expect((saving.otherCost.nanodollars, saving.cost.nanodollars) == (250, 137))
        #expect((saving.savedCost.nanodollars, saving.savedCarbon.micrograms) == (113, 10))
        // 90, −20, 50 and −7 nanodollars: the mean is 28.25, the squares of the distances add up to 7,856.75.
        #expect(abs((saving.costDeviation ?? 0) * 1e9 - (7856.75 / 3).squareRoot()) < 1e-6)
    }

    /// Medium (0.8) is the cheapest that is as good as the 0.767 that was delivered in the mean.
    ///
    /// It could have answered all three, for 40 + 40 + 20. Small is cheaper, but could not have answered the second.
    @Test(arguments: StoreKind.available)
    func theBestSingleModelIsTheCheapestThatIsAsGood(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let reader = try await record(four, in: fixture)
        let (models, rows) = try reader.snapshot { snapshot throws(LedgerError) in
            let models = try snapshot.singleModels(in: ReportScope())
            return (models, try snapshot.report(by: [.model], in: ReportScope(), against: models))
        }
        #expect(models.map(\.model.rawValue) == ["large", "medium", "small"])
        #expect(models.map(\.isBest) == [false, true, false])
        #expect(models.map(\.saving.count) == [3, 3, 2])
        #expect(models.map(\.answers) == [3, 3, 3])
        #expect(models.map(\.saving.otherCost.nanodollars) == [250, 100, 15])
        let savings = try rows.map { try #require($0.againstSingle) }
        #expect(rows.map(\.group) == [[""], ["large"], ["small"]])
        // 7 for nothing; 40 and 20 against 120 and a hit; 40 against 10.
        let nanodollars: [Int64] = savings.map(\.savedCost.nanodollars)
        #expect(nanodollars == [-7, -60, 30])
        let micrograms: [Int64] = savings.map(\.savedCarbon.micrograms)
        #expect(micrograms == [-2, -6, 3])
    }

    /// Each endpoint has its own best, since no model answers both.
    @Test(arguments: StoreKind.available)
    func eachEndpointHasItsOwnBest(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let vector = row(
            9,
            "embed",
            .completed,
            cost: 3,
            carbon: 1,
            quality: 0.6,
            baseline: (3, 1),
            alternatives: #"{"embed":[0.6,3,1]}"#,
            endpoint: "embeddings"
        )
        let models = try await record(four + [vector], in: fixture).snapshot { snapshot throws(LedgerError) in
            try snapshot.singleModels(in: ReportScope())
        }
        #expect(models.filter(\.isBest).map(\.model.rawValue) == ["medium", "embed"])
    }

    /// If none is as good as what was delivered, the best there is stands in.
    @Test(arguments: StoreKind.available)
    func whereNoneIsAsGoodTheBestStandsIn(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let only = row(
            1,
            "large",
            .completed,
            cost: 9,
            carbon: 9,
            quality: 0.9,
            baseline: (9, 9),
            alternatives: #"{"a":[0.3,1,1],"b":[0.7,5,5],"c":[0.7,4,4]}"#
        )
        let models = try await record([only], in: fixture).snapshot { snapshot throws(LedgerError) in
            try snapshot.singleModels(in: ReportScope())
        }
        #expect(models.filter(\.isBest).map(\.model.rawValue) == ["c"])
    }

    /// Both limits at once: at 100 nanodollars and 2 s the first request keeps them, the second is too dear, the third
    /// too slow, the fourth failed; what was wrong with a request itself does not count.
    @Test(arguments: StoreKind.available)
    func aServiceLevelIsCostAndLatency(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var refused = row(5, nil, .invalid, cost: 0, carbon: 0)
        refused.isWithinLimits = false
        var scope = ReportScope()
        scope.costMax = Money(nanodollars: 100)
        scope.durationMicrosecondsMax = 2_000_000
        let row = try #require(try await record(four + [refused], in: fixture).report(by: [], in: scope).first)
        #expect((row.limits.kept, row.limits.of) == (1, 4))
        #expect(row.ownLimits.value == nil)
    }

    /// The first is below the best model's 0.9 by the registry, the others are not.
    @Test(arguments: StoreKind.available)
    func qualityIsRetainedByTheTask(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let row = try await record(four, in: fixture).totals()
        #expect((row.retained.kept, row.retained.of, row.judged) == (2, 3, 0))
        #expect(row.correct.value == nil)
    }

    /// What people say of an answer counts instead of the registry, and the last word counts.
    @Test(arguments: StoreKind.available)
    func feedbackOutweighsTheRegistry(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let ids = four.map(\.id)
        let said: [Feedback] = [
            feedback(on: ids[0], score: 0.1), feedback(on: ids[0], score: 0.9), feedback(on: ids[1], isCorrect: false),
        ]
        let row = try await record(four, feedback: said, in: fixture).totals()
        #expect((row.retained.kept, row.retained.of, row.judged) == (2, 3, 2))
        #expect((row.correct.kept, row.correct.of, row.gradedCarbon.micrograms) == (0, 1, 12))
    }

    private func feedback(on id: RequestID, score: Double? = nil, isCorrect: Bool? = nil) -> Feedback {
        Feedback(
            requestID: id,
            atUnixMilliseconds: noon,
            keyID: nil,
            score: score,
            isCorrect: isCorrect,
            comment: ""
        )
    }

    /// What is said of a request is deleted with it.
    @Test(arguments: StoreKind.available)
    func feedbackGoesWithItsRequest(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let first = four[0]
        let reader = try await record([first], feedback: [feedback(on: first.id, score: 1)], in: fixture)
        #expect(try reader.totals().judged == 1)
        let writer = try fixture.writer()
        _ = try await writer.prune(before: noon + 86_400_000, rowsPerTransaction: 10)
        writer.record(LedgerEntry(request: first, attempts: []))
        await writer.flush()
        #expect(try reader.totals().judged == 0)
        writer.close()
    }

    /// 1 s, 2 s and 3 s, of which the bounds' ends take the first two.
    @Test(arguments: StoreKind.available)
    func durationsAreCountedUpToTheirBounds(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let counts = try await record(four, in: fixture).snapshot { snapshot throws(LedgerError) in
            try snapshot.durations(by: .strategy, bounds: [1_000_000, 2_500_000], in: ReportScope())
        }
        #expect(counts.map(\.group) == ["balanced"])
        #expect(counts.first?.counts == [1, 1, 1])
    }
}
