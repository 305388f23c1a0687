import Domain
import Foundation
import Routing
import Testing

@Suite struct OffPolicyEvaluationTests {
    /// A world of three actions whose rewards depend on one number, and a policy that logs with some exploration.
    private struct World {
        private static let slopes = [(0.3, 0.5), (0.6, -0.2), (0.2, 0.1)]
        var generator: SeededGenerator

        /// What the policy to be judged does: mostly the action that is right.
        static func target(_ x: Double) -> [Double] { x > 0.45 ? [0.8, 0.1, 0.1] : [0.1, 0.8, 0.1] }

        static func reward(_ action: Int, _ x: Double) -> Double { slopes[action].0 + slopes[action].1 * x * x }

        /// Its mean over even x, by the midpoint rule.
        static let truth = {
            let places = (0..<10_000).map { (Double($0) + 0.5) / 10_000 }
            let sums = places.map { x in zip(0..., target(x)).reduce(0) { $0 + $1.1 * reward($1.0, x) } }
            return sums.reduce(0, +) / 10_000
        }()

        mutating func decisions(_ count: Int, logging: [Double]? = nil) -> [LoggedDecision] {
            (0..<count).map { _ in
                let x = Double.random(in: 0..<1, using: &generator)
                let chances = logging ?? [0.5 - 0.3 * x, 0.25, 0.25 + 0.3 * x]
                let draw = Double.random(in: 0..<1, using: &generator)
                let action = draw < chances[0] ? 0 : draw < chances[0] + chances[1] ? 1 : 2
                // Right or wrong, with the reward as its chance.
                let isRight = Double.random(in: 0..<1, using: &generator) < Self.reward(action, x)
                return LoggedDecision(
                    action: action,
                    propensity: chances[action],
                    reward: isRight ? 1 : 0,
                    context: [x],
                    target: Self.target(x)
                )
            }
        }
    }

    /// Intervals of 95 per cent hold the truth in at least 93 per cent of 500 runs, each estimator by itself.
    @Test func intervalsCoverTheTruth() throws {
        var world = World(generator: SeededGenerator(seed: 1))
        var (covered, margins) = ([0, 0, 0], [0.0, 0, 0])
        for _ in 0..<500 {
            let found = try OffPolicyEvaluation(world.decisions(400))
            for (index, estimate) in [found.inverse, found.selfNormalized, found.doublyRobust].enumerated() {
                covered[index] += (estimate.low...estimate.high).contains(World.truth) ? 1 : 0
                margins[index] += estimate.margin / 500
            }
        }
        for count in covered { #expect((465...490).contains(count), "\(covered)") }
        // Each estimator is there because it is narrower than the one before.
        #expect(margins[1] < margins[0] && margins[2] < margins[1], "\(margins)")
    }

    /// A policy that is judged by its own decisions earns what they earned.
    @Test func ownDecisionsAreTheirMean() throws {
        let decisions = (0..<100).map { index in
            LoggedDecision(action: 0, propensity: 1, reward: Double(index % 4), context: [], target: [1])
        }
        let found = try OffPolicyEvaluation(decisions)
        #expect(found.inverse.value == 1.5 && found.selfNormalized.value == 1.5)
        #expect(abs(found.doublyRobust.value - 1.5) < 1e-9)
        #expect(found.effectiveCount == 100 && found.meanWeight == 1)
    }

    @Test func nothingIsConcludedWithoutSupport() throws {
        var world = World(generator: SeededGenerator(seed: 2))
        // Never the third action.
        let never = world.decisions(500, logging: [0.5, 0.5, 0])
        #expect(throws: OffPolicyRefusal.neverDone([2])) { try OffPolicyEvaluation(never) }
        // Each action, but by a rule without chance: what the policy does elsewhere was never seen.
        let fixed = (0..<600).map { index in
            LoggedDecision(action: index % 3, propensity: 1, reward: 1, context: [], target: [0.8, 0.1, 0.1])
        }
        #expect(throws: OffPolicyRefusal.missingSupport(meanWeight: 1.0 / 3)) {
            do throws(OffPolicyRefusal) { _ = try OffPolicyEvaluation(fixed) } catch {
                guard case .missingSupport(let mean) = error else { throw error }
                throw OffPolicyRefusal.missingSupport(meanWeight: (mean * 3).rounded() / 3)
            }
        }
        // Hardly ever what the policy always does.
        let rare = (0..<100).map { index in
            LoggedDecision(
                action: index == 0 ? 0 : 1,
                propensity: index == 0 ? 0.01 : 0.99,
                reward: 1,
                context: [],
                target: [1, 0]
            )
        }
        #expect(throws: OffPolicyRefusal.self) { try OffPolicyEvaluation(rare) }
        #expect(throws: OffPolicyRefusal.tooFew(3, needed: 30)) { try OffPolicyEvaluation(world.decisions(3)) }
    }

    @Test(arguments: [
        (0.0, 1.0, [0.5, 0.5], "propensity"), (1.5, 1, [0.5, 0.5], "propensity"), (0.5, .nan, [0.5, 0.5], "no number"),
        (0.5, 1, [0.9, 0.5], "add up to 1"), (0.5, 1, [1], "none of the policy's"),
    ])
    func decisionsWithoutSenseAreNamed(propensity: Double, reward: Double, target: [Double], words: String) throws {
        let good = LoggedDecision(action: 1, propensity: 0.5, reward: 1, context: [], target: [0.5, 0.5])
        let bad = LoggedDecision(action: 1, propensity: propensity, reward: reward, context: [], target: target)
        do throws(OffPolicyRefusal) {
            _ = try OffPolicyEvaluation(Array(repeating: good, count: 40) + [bad])
            Issue.record("it was accepted")
        } catch {
            #expect(error.message.hasPrefix("decision 40: ") && error.message.contains(words))
        }
    }
}
