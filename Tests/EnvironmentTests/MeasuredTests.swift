import Environment
import Testing

/// Rules come to what a reference environment in Python was measured at, within three standard errors of both.
@Suite struct MeasuredTests {
    /// What a rule came to elsewhere: the mean reward with its standard error, and the mean cost.
    struct Measured: Sendable, CustomTestStringConvertible {
        let rule: Baseline.Rule
        let reward: Double
        let error: Double
        let cost: Double

        var testDescription: String { rule.name(of: ModelConfig.presets) }

        init(_ rule: Baseline.Rule, _ reward: Double, _ error: Double, cost: Double) {
            (self.rule, self.reward, self.error, self.cost) = (rule, reward, error, cost)
        }
    }

    /// How many episodes the reference's errors come of, by its deviations.
    private static let episodesElsewhere = 50.0
    private static let episodes = 60

    static let published = [
        Measured(.constant(1), 439.3, 0.2, cost: 3), Measured(.constant(3), 418.8, 0.2, cost: 1),
        Measured(.constant(4), 311.5, 1.2, cost: 0.5), Measured(.cheapestFirst, 311.5, 1.2, cost: 0.5),
        Measured(.roundRobin, -194.7, 2.7, cost: 9.9), Measured(.random, -189.7, 4.1, cost: 9.74),
        Measured(.leastQueue, -357.6, 2.8, cost: 10.01), Measured(.greedy, 439.3, 0.2, cost: 3),
    ]

    static let realistic = [
        Measured(.random, 755.5, 4.1, cost: 9.74), Measured(.roundRobin, 766, 2.6, cost: 9.87),
        Measured(.leastQueue, 767.7, 3.2, cost: 6.69), Measured(.cheapestFirst, -1568.7, 86, cost: 0.36),
        Measured(.constant(3), -1034.7, 93, cost: 0.82), Measured(.greedy, 803.3, 9.3, cost: 9.9),
        Measured(.pacing(rate: 0.02, crowding: 0), 849.8, 2.4, cost: 9.45),
    ]

    @Test(arguments: published)
    func thePublishedTaskIsReproduced(measured: Measured) throws { try expect(measured, in: .v0) }

    @Test(arguments: realistic)
    func theRealisticTaskIsReproduced(measured: Measured) throws { try expect(measured, in: .v1) }

    /// Three dollars: rules that don't look at money are out of it after a third of the prompts.
    @Test(arguments: [
        (Baseline.Rule.random, 308.0), (.roundRobin, 305), (.leastQueue, 451), (.greedy, 292),
        (.pacing(rate: 0.02, crowding: 0), 999),
    ])
    func aTightBudgetServesSoMany(rule: Baseline.Rule, served: Double) throws {
        var settings = EnvironmentSettings.v1
        settings.budget = 3
        var agent = Baseline(rule, seed: 5)
        let summary = try EpisodeSummary(of: &agent, in: RouterEnvironment(settings), count: Self.episodes, seed: 9)
        expect(summary, { Double($0.servedCount) }, is: served)
        #expect(abs(summary.mean(\.cost) - 3) <= 0.03)
    }

    /// A price on queues is worth more than its standard error, and the tight budget is met to within one per cent.
    @Test(arguments: [(10.0, 846.0), (3, 796)])
    func crowdingIsWorthAPrice(budget: Double, least: Double) throws {
        var settings = EnvironmentSettings.v1
        settings.budget = budget
        func play(_ rule: Baseline.Rule) throws -> EpisodeSummary {
            var agent = Baseline(rule)
            return try EpisodeSummary(of: &agent, in: RouterEnvironment(settings), count: Self.episodes, seed: 40)
        }
        let (plain, priced) = (try play(.pacing(rate: 0.05, crowding: 0)), try play(.usualPacing))
        // The same episodes: differences have little noise.
        #expect(priced.mean(\.reward) > plain.mean(\.reward) + 1)
        #expect(priced.mean(\.reward) > least)
        #expect(budget > 3 || abs(priced.mean(\.cost) - 3) < 0.03)
    }

    @Test(arguments: [(0, 334), (2, 667)])
    func dearModelsSpendTheBudgetAtAKnownStep(model: Int, steps: Int) throws {
        var agent = Baseline(.constant(model))
        var environment = try RouterEnvironment(.v0)
        let episode = try Episode(of: &agent, in: &environment, seed: 1)
        #expect(episode.stepCount == steps)
        #expect(episode.isBankrupt)
    }

    private func expect(_ measured: Measured, in settings: EnvironmentSettings) throws {
        var agent = Baseline(measured.rule, seed: 3)
        let summary = try EpisodeSummary(of: &agent, in: RouterEnvironment(settings), count: Self.episodes, seed: 7)
        expect(summary, \.reward, is: measured.reward, error: measured.error)
        expect(summary, \.cost, is: measured.cost)
    }

    /// An `error` is the standard error elsewhere; `nil` where it is not known, and the deviation is taken to be ours.
    private func expect(
        _ summary: EpisodeSummary,
        _ figure: (Episode) -> Double,
        is wanted: Double,
        error: Double? = nil
    ) {
        let (mean, deviation) = (summary.mean(figure), summary.deviation(figure))
        let own = deviation / Double(Self.episodes).squareRoot()
        let other = error ?? deviation / Self.episodesElsewhere.squareRoot()
        let tolerance = 3 * (own * own + other * other).squareRoot()
        // What is printed is rounded to the second digit.
        #expect(abs(mean - wanted) <= tolerance + 0.0051, "\(mean) ± \(own), not \(wanted)")
    }
}
