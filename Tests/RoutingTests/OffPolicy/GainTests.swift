import Domain
import Testing

@testable import Routing

/// What one policy earns more than another, by what a third one has logged.
@Suite struct GainTests {
    private static func decisions(_ count: Int, seed: UInt64) -> (decisions: [LoggedDecision], others: [[Double]]) {
        var generator = SeededGenerator(seed: seed)
        var (decisions, others) = ([LoggedDecision](), [[Double]]())
        for _ in 0..<count {
            let x = Double.random(in: 0..<1, using: &generator)
            let logging = x < 0.5 ? [0.8, 0.1, 0.1] : [0.1, 0.1, 0.8]
            let drawn = Double.random(in: 0..<1, using: &generator)
            let action = drawn < logging[0] ? 0 : drawn < logging[0] + logging[1] ? 1 : 2
            let mean = [0.5, x * x, 1 - x][action]
            let reward = Double.random(in: 0..<1, using: &generator) < mean ? 1.0 : 0
            // The one takes what is best of 0 and 1, the other always 2.
            let target = x * x > 0.5 ? [0.0, 1, 0] : [1.0, 0, 0]
            decisions.append(
                LoggedDecision(
                    action: action,
                    propensity: logging[action],
                    reward: reward,
                    context: [x],
                    target: target
                )
            )
            others.append([0, 0, 1])
        }
        return (decisions, others)
    }

    /// ∫ max(0.5, x²) dx − ∫ (1 − x) dx, with √½ = 0.7071: 0.5·0.7071 + (1 − 0.7071³)/3 − 0.5.
    private static let truth = 0.353_553 + (1 - 0.353_553) / 3 - 0.5

    /// At least 93 of 100 intervals of 95 % hold it in 500 runs: by chance alone fewer do so once in fifty times.
    @Test func intervalsHoldTheTruth() throws {
        let runs = 500
        let held = try (0..<runs).count { seed in
            let (decisions, others) = Self.decisions(400, seed: UInt64(seed))
            let gain = try OffPolicyEvaluation.gain(of: decisions, over: others)
            return (gain.low...gain.high).contains(Self.truth)
        }
        #expect(Double(held) >= 0.93 * Double(runs), "\(held) of \(runs)")
    }

    @Test func whatBothDoSaysNothing() throws {
        let (decisions, _) = Self.decisions(100, seed: 1)
        let gain = try OffPolicyEvaluation.gain(of: decisions, over: decisions.map(\.target))
        #expect(gain.value == 0 && gain.margin == 0)
    }

    @Test func tooFewDifferencesAreRefused() {
        let (decisions, _) = Self.decisions(100, seed: 1)
        var others = decisions.map(\.target)
        for index in 0..<9 { others[index] = [0, 0, 1] }
        #expect(throws: OffPolicyRefusal.self) { try OffPolicyEvaluation.gain(of: decisions, over: others) }
        #expect(throws: OffPolicyRefusal.tooFew(29, needed: 30)) {
            try OffPolicyEvaluation.gain(of: Array(decisions.prefix(29)), over: Array(others.prefix(29)))
        }
    }
}
