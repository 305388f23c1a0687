import Domain
import Testing

@testable import Gateway

@Suite struct QuotasTests {
    /// Shares of the heavy tier, an hour each, of one group.
    private func quotas(_ heavy: [Double], from hour: Int = 100, plan: Int64 = 1) -> Quotas {
        Quotas(
            plan: plan,
            madeAt: 0,
            reason: "start",
            firstHour: hour,
            tiers: [.light, .heavy],
            groups: ["default"],
            shares: heavy.flatMap { [1 - $0, $0] },
            demand: heavy.map { 10 * $0 },
            prices: heavy,
            intensity: heavy
        )
    }

    @Test func everyHourHasShares() {
        let heavy = (0..<30).map { Double($0) / 100 }
        let quotas = quotas(heavy)
        #expect(quotas.shares(hour: 100, group: 0) == [1, 0])
        #expect(quotas.shares(hour: 129, group: 0)[1] == 0.29)
        // Behind the end, the same time of day on the last day: hour 130 is hour 106, and so is hour 154.
        #expect(quotas.shares(hour: 130, group: 0)[1] == 0.06)
        #expect(quotas.shares(hour: 154, group: 0)[1] == 0.06)
        // A clock that was set back.
        #expect(quotas.shares(hour: -5, group: 0) == [1, 0])
        #expect(quotas.demand(hour: 110, group: 0) == 1)
    }

    @Test func anHourStaysAsItIsUnlessMuchChanges() {
        let old = quotas([0.5, 0.5])
        let near = quotas([0.51, 0.9], plan: 2)
        #expect(near.keeping(100, of: old, unlessBeyond: 0.02).shares(hour: 100, group: 0) == [0.5, 0.5])
        #expect(near.keeping(100, of: old, unlessBeyond: 0.02).shares(hour: 101, group: 0)[1] == 0.9)
        #expect(near.keeping(101, of: old, unlessBeyond: 0.02).shares(hour: 101, group: 0)[1] == 0.9)
        #expect(near.keeping(100, of: nil, unlessBeyond: 1).shares(hour: 100, group: 0)[1] == 0.51)
    }

    /// A plan that is made within an hour says what is left to do of it.
    @Test func whatWasServedOfAnHourIsTakenOffItsRest() {
        // 10 requests are foreseen, half of them for the heavy tier; of the 4 that came it had none.
        let quotas = Quotas(
            plan: 1,
            madeAt: 0,
            reason: "timer",
            firstHour: 100,
            tiers: [.light, .heavy],
            groups: ["a", "b"],
            shares: [0.5, 0.5, 0.5, 0.5],
            demand: [10, 10],
            prices: [0, 0],
            intensity: [0]
        )
        let resumed = quotas.resuming(100, after: ["a": [4, 0]])
        #expect(zip(resumed.sharesToCome(hour: 100, group: 0), [1.0 / 6, 5.0 / 6]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(resumed.sharesToCome(hour: 100, group: 1) == [0.5, 0.5])
        #expect(
            resumed.shares(hour: 100, group: 0) == [0.5, 0.5],
            "what is planned of the whole hour is another matter"
        )
        #expect(resumed.sharesToCome(hour: 101, group: 0) == [0.5, 0.5])
        // More came than was foreseen, all to one tier: the next one is the other's.
        let late = quotas.resuming(100, after: ["a": [40, 0]])
        #expect(late.sharesToCome(hour: 100, group: 0) == [0, 1])
        // What an hour comes to has what was served in it.
        #expect(zip(late.sharesInAll(hour: 100, group: 0), [40.0 / 41, 1.0 / 41]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(zip(resumed.sharesInAll(hour: 100, group: 0), [0.5, 0.5]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(late.sharesInAll(hour: 100, group: 1) == [0.5, 0.5])
        #expect(late.sharesInAll(hour: 101, group: 0) == [0.5, 0.5])
    }

    @Test func theControlFollowsSharesOverGroupsAndDryRuns() throws {
        let control = QuotaControl()
        #expect(control.place(group: "default", gain: 1, hour: 100, draw: 0, isDryRun: false) == nil)
        control.replace(quotas([0.2, 0.8]))
        #expect(control.place(group: "others", gain: 1, hour: 100, draw: 0, isDryRun: false) == nil)
        var generator = SeededGenerator(seed: 3)
        var heavy = [0, 0]
        for round in 0..<1000 {
            let hour = 100 + round / 500
            for isDryRun in [true, false] {
                let placed = try #require(
                    control.place(
                        group: "default",
                        gain: .random(in: 0...1, using: &generator),
                        hour: hour,
                        draw: .random(in: 0..<1, using: &generator),
                        isDryRun: isDryRun
                    )
                )
                if !isDryRun {
                    heavy[round / 500] += placed.rung
                    control.settle(placed, group: "default", servedBy: placed.tier)
                }
            }
        }
        #expect(abs(heavy[0] - 100) <= 5 && abs(heavy[1] - 400) <= 5, "\(heavy)")
        #expect(control.tallies.moved == 0)
        #expect(control.tallies.served.values.reduce(0, +) == 1000)
    }

    @Test func whatTiersWereGivenIsCountedByTheHour() throws {
        let control = QuotaControl()
        control.replace(quotas([1, 1]))
        let placed = try #require(control.place(group: "default", gain: 1, hour: 100, draw: 0.5, isDryRun: false))
        _ = control.place(group: "default", gain: 1, hour: 100, draw: 0.5, isDryRun: true)
        #expect(control.placed(in: 100) == ["default": [0, 1]])
        control.settle(placed, group: "default", servedBy: .light)
        #expect(control.placed(in: 100) == ["default": [1, 0]])
        #expect(control.placed(in: 101).isEmpty)
        control.count("default", hour: 101)
        #expect(control.placed(in: 101).isEmpty && control.placed(in: 100).isEmpty)
    }

    @Test func tiersAreTriedUpwardsFirst() throws {
        let placement = QuotaControl.Placement(
            group: "g",
            plan: 1,
            gain: 0,
            shares: [0.2, 0.5, 0.3],
            price: 0,
            intensity: 300,
            tiers: [.light, .medium, .heavy],
            rung: 1
        )
        #expect(placement.order == [.medium, .heavy, .light])
    }

    @Test func requestsOfAnHourAreCountedForThatHour() {
        let control = QuotaControl()
        for _ in 0..<3 { control.count("a", hour: 7) }
        control.count("b", hour: 7)
        #expect(control.seen(in: 7) == ["a": 3, "b": 1])
        #expect(control.seen(in: 8).isEmpty)
        control.count("b", hour: 8)
        #expect(control.seen(in: 8) == ["b": 1] && control.seen(in: 7).isEmpty)
    }
}
