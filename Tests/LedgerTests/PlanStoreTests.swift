import Domain
import Ledger
import Testing

/// What the planner keeps in the ledger: demand is added up once, whatever comes in between.
@Suite struct PlanStoreTests {
    private let hour = Int(noon / 3_600_000)

    private func entry(
        minutes: Int64,
        model: String? = "small",
        strategy: String = "balanced",
        endpoint: String = "chat",
        outcome: Outcome = .completed,
        using generator: inout SeededGenerator
    ) -> LedgerEntry {
        let id = RequestID(unixMilliseconds: noon + minutes * 60_000, using: &generator)
        var row = RequestRow(id: id, tenant: TenantID(rawValue: "t"), endpoint: endpoint)
        row.strategy = strategy
        row.outcome = outcome
        row.modelUsed = model.map { ModelID($0) }
        row.planGroup = "default"
        row.planTier = .light
        row.capability = .general
        row.cost = Money(nanodollars: 7)
        return LedgerEntry(request: row, attempts: [])
    }

    @Test(arguments: StoreKind.available)
    func countsWhatWasTheGatewaysToChoose(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        let control = try fixture.control()
        var generator = SeededGenerator(seed: 1)
        let counted = [
            entry(minutes: 0, using: &generator), entry(minutes: 1, using: &generator),
            entry(minutes: 61, model: "large", using: &generator),
            entry(minutes: 62, model: nil, outcome: .upstreamFailed, using: &generator),
        ]
        let uncounted = [
            entry(minutes: 2, strategy: "", using: &generator),
            entry(minutes: 3, endpoint: "embeddings", using: &generator),
            entry(minutes: 4, outcome: .cacheHit, using: &generator),
            entry(minutes: 5, outcome: .decided, using: &generator),
            entry(minutes: 6, outcome: .refused, using: &generator),
        ]
        for entry in counted + uncounted { await writer.recordDurably(entry) }
        // One row at a time: the sums must not depend on where transactions end. Twice: nothing is counted twice.
        for _ in 0..<2 { try control.gatherDemand(rowsPerTransaction: 1) }
        let rows = try control.demand(in: hour..<hour + 2)
        #expect(rows.map(\.requests).reduce(0, +) == 4)
        #expect(
            rows.filter { $0.hour == hour } == [
                DemandRow(
                    hour: hour,
                    group: "default",
                    capability: .general,
                    model: ModelID("small"),
                    requests: 2,
                    cost: Money(nanodollars: 14)
                )
            ]
        )
        #expect(Set(rows.filter { $0.hour == hour + 1 }.map(\.model)) == [nil, ModelID("large")])
        // What comes later, even of an hour that was counted before, is added.
        await writer.recordDurably(entry(minutes: 59, using: &generator))
        try control.gatherDemand()
        #expect(try control.demand(in: hour..<hour + 1).map(\.requests) == [3])
        writer.close()
    }

    @Test(arguments: StoreKind.available)
    func keepsPlansAndForgetsTheOldest(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        try fixture.writer().close()
        let control = try fixture.control()
        #expect(try await control.plans(limit: 1, before: nil).isEmpty)
        for round in 1...5 {
            let number = try control.keepPlan(
                madeAt: Int64(round),
                reason: "timer",
                plansMax: 3,
                document: { #"{"number":\#($0)}"# },
                shares: { number in
                    [
                        PlannedShare(
                            hour: hour,
                            group: "default",
                            tier: .heavy,
                            plan: number,
                            share: Double(round) / 10,
                            expectedRequests: 2
                        )
                    ]
                }
            )
            #expect(number == Int64(round))
        }
        #expect(try await control.plan(5)?.document == #"{"number":5}"#)
        #expect(try await control.plans(limit: 10, before: nil).map(\.number) == [5, 4, 3])
        #expect(try await control.plans(limit: 1, before: 5).map(\.number) == [4])
        #expect(try await control.plan(2) == nil)
        // The last plan's word on an hour counts.
        let (shares, demand) = try await control.plannedHours(hour..<hour + 1)
        #expect(shares.map(\.share) == [0.5] && shares.map(\.plan) == [5] && demand.isEmpty)
        try control.prunePlans(before: hour + 1)
        #expect(try await control.plannedHours(hour..<hour + 1).shares.isEmpty)
    }

    @Test(arguments: StoreKind.available)
    func remembersGrids(kind: StoreKind) throws {
        let fixture = try LedgerFixture(kind)
        try fixture.writer().close()
        let control = try fixture.control()
        try control.keepIntensity([hour: 100, hour + 1: 200], zone: "DE")
        try control.keepIntensity([hour + 1: 250], zone: "DE")
        try control.keepIntensity([hour: 30], zone: "FR")
        #expect(try control.intensity(of: "DE", since: hour) == [hour: 100, hour + 1: 250])
        #expect(try control.intensity(of: "FR", since: hour + 1) == [:])
    }
}
