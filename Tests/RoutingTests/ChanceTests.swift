import Domain
import Routing
import Testing

/// Round robin, random and exploration: what changes from call to call, and how likely each choice is.
@Suite struct ChanceTests {
    private let catalogue = DefaultFleet.catalogue

    @Test func roundRobinTakesEachInTurn() {
        let fleet = Fleet(catalogue: catalogue)
        let choices = (0..<6).map { _ -> Int? in
            let request = DefaultFleet.request(.simpleQA, .roundRobin)
            let decision = DefaultFleet.router.decide(request, fleet: fleet.snapshot(now: 0, for: request), draw: 0)
            #expect(decision.reason == .turn)
            #expect(decision.propensity == 1)
            return decision.choice
        }
        #expect(choices == [1, 3, 4, 1, 3, 4])
    }

    /// Turns are not taken by other strategies, other capabilities or dry runs.
    @Test func otherTrafficDoesNotDisturbARotation() {
        let fleet = Fleet(catalogue: catalogue)
        let request = DefaultFleet.request(.simpleQA, .roundRobin)
        let turns = (0..<5).map { _ in
            _ = fleet.snapshot(now: 0)
            _ = fleet.snapshot(now: 0, for: DefaultFleet.request(.general, .roundRobin))
            _ = fleet.snapshot(now: 0, for: DefaultFleet.request(.simpleQA, .balanced))
            return fleet.snapshot(now: 0, for: request).turn
        }
        #expect(turns == [0, 1, 2, 3, 4])
    }

    /// Chi-square over five models and 10,000 draws: 18.47 is exceeded by chance once in a thousand (4 degrees).
    @Test func randomIsUniform() throws {
        var generator = SeededGenerator(seed: 7)
        var counts = [Double](repeating: 0, count: 5)
        let fresh = DefaultFleet.fresh
        for _ in 0..<10_000 {
            let request = DefaultFleet.request(.general, .random)
            let decision = DefaultFleet.router.decide(request, fleet: fresh, using: &generator)
            counts[try #require(decision.choice)] += 1
            #expect(abs(decision.propensity - 0.2) < 1e-12)
            #expect(decision.reason == .drawn)
        }
        let chiSquare = counts.reduce(0) { $0 + ($1 - 2000) * ($1 - 2000) / 2000 }
        #expect(chiSquare < 18.47)
    }

    /// How often each model is chosen is what its propensity says, also where the fleet is unevenly known.
    @Test func propensitiesAreFrequencies() throws {
        let fleet = Fleet(catalogue: catalogue)
        fleet.observe(1, times: 9, latency: .milliseconds(800))
        fleet.observe(3, times: 4, latency: .milliseconds(1000))
        let snapshot = fleet.snapshot(now: 0)
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0.3))
        var generator = SeededGenerator(seed: 11)
        var counts = [Double](repeating: 0, count: 5)
        var propensities = [Double](repeating: 0, count: 5)
        let rounds = 20_000
        for _ in 0..<rounds {
            let request = DefaultFleet.request(.general, .latencyOptimized)
            let decision = router.decide(request, fleet: snapshot, using: &generator)
            let choice = try #require(decision.choice)
            counts[choice] += 1
            propensities[choice] = decision.propensity
            #expect(decision.reason == (choice == 1 ? .bestScore : .explored))
        }
        // Weights 1, 1/10, 1, 1/5, 1 of 3.3 in the draw; the preferred model has the other 70 % as well.
        let expected = [0.3 / 3.3, 0.7 + 0.03 / 3.3, 0.3 / 3.3, 0.06 / 3.3, 0.3 / 3.3]
        for index in 0..<5 {
            #expect(abs(propensities[index] - expected[index]) < 1e-12)
            // Five standard deviations of a frequency.
            let deviation = (expected[index] * (1 - expected[index]) / Double(rounds)).squareRoot()
            #expect(abs(counts[index] / Double(rounds) - expected[index]) < 5 * deviation)
        }
    }

    @Test func withoutExplorationEveryChoiceIsCertain() {
        for draw in [0, 0.3, 0.999_999] {
            let request = DefaultFleet.request(.general, .ensemble)
            let decision = DefaultFleet.router.decide(request, fleet: DefaultFleet.fresh, draw: draw)
            #expect(decision.choice == DefaultFleet.gpt35)
            #expect(decision.propensity == 1)
        }
    }

    @Test func explorationNeverLeavesTheConstraints() {
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 1))
        for step in 0..<100 {
            let request = DefaultFleet.request(.general, .balanced, Constraints(requiredQuality: 0.9))
            let choice = router.decide(request, fleet: DefaultFleet.fresh, draw: Double(step) / 100).choice
            #expect(choice == DefaultFleet.gpt4 || choice == DefaultFleet.opus)
        }
    }

    /// In the original, 30 latency-optimised calls of equal true latency stay with the first two models tried.
    @Test func theFirstFastModelDoesNotLockOthersOut() throws {
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0.3))
        let fleet = Fleet(catalogue: catalogue)
        var generator = SeededGenerator(seed: 3)
        var tried: Set<Int> = []
        for _ in 0..<30 {
            let request = DefaultFleet.request(.general, .latencyOptimized)
            let choice = try #require(router.decide(request, fleet: fleet.snapshot(now: 0), using: &generator).choice)
            tried.insert(choice)
            fleet.observe(choice, latency: .milliseconds(100), cost: .zero, succeeded: true)
        }
        #expect(tried.count >= 4)
    }

    /// One lucky call of the slowest model does not make it look like the fastest.
    @Test func oneFastCallDoesNotWinTheStrategy() {
        let fleet = Fleet(catalogue: catalogue)
        fleet.observe(DefaultFleet.gpt4, latency: .milliseconds(10), cost: .zero, succeeded: true)
        let request = DefaultFleet.request(.general, .latencyOptimized)
        #expect(
            DefaultFleet.router.decide(request, fleet: fleet.snapshot(now: 0), draw: 0).choice == DefaultFleet.gpt35
        )
    }
}
