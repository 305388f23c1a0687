import Domain
import Environment
import LinearAlgebra
import Testing

@testable import Learning

@Suite struct LinearBanditTests {
    /// What a bandit has learned is ridge regression on what it did, by another route: normal equations and Cholesky.
    @Test func learnsByRidgeRegression() throws {
        var bandit = LinearBandit(.v1, exploration: .upperConfidence(width: 1), seed: 1)
        var environment = try RouterEnvironment(.v1)
        environment.reset(seed: 2)
        var rows: [[Double]] = []
        var rewards: [Double] = []
        for _ in 0..<300 {
            let context = environment.observation.map { Double($0) } + [1]
            let step = try environment.step(bandit.action(in: environment))
            bandit.observe(step, in: environment)
            if step.model == 3 {
                rows.append(context)
                rewards.append(step.reward)
            }
        }
        #expect(rows.count > 8)
        let columns = (0..<10).map { column in rows.map { $0[column] } }
        let solved = Equations(columns, target: rewards).solve(penalties: Array(repeating: 1, count: 10))
        let coefficients = try #require(solved)
        let observation = environment.observation
        let wanted = zip(coefficients, observation.map { Double($0) } + [1]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(bandit.expected(in: observation)[3] - wanted) < 1e-8)
    }

    /// In the published task, where one model is best in every state, bandits find it.
    @Test(arguments: [LinearBandit.Exploration.upperConfidence(width: 0.5), .thompson(deviation: 0.3)])
    func findsTheBestModel(exploration: LinearBandit.Exploration) throws {
        var bandit = LinearBandit(.v0, exploration: exploration, seed: 3)
        let environment = try RouterEnvironment(.v0)
        _ = try EpisodeSummary(of: &bandit, in: environment, count: 5, seed: 1)
        bandit.exploration = .none
        let summary = try EpisodeSummary(of: &bandit, in: environment, count: 3, seed: 50)
        // Always the best earns 439, always the second best 419.
        #expect(summary.mean(\.reward) > 420)
    }

    /// Without exploration it changes nothing.
    @Test func whatIsLearnedStays() throws {
        var bandit = LinearBandit(.v1, exploration: .none, seed: 3)
        var environment = try RouterEnvironment(.v1)
        _ = try Episode(of: &bandit, in: &environment, seed: 1)
        #expect(bandit.expected(in: environment.observation) == [0, 0, 0, 0, 0])
    }
}
