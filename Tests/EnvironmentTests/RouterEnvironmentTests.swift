import Domain
import Environment
import Testing

@Suite struct RouterEnvironmentTests {
    @Test(arguments: [EnvironmentSettings.v0, .v1])
    func equalSeedsGiveEqualTrajectories(settings: EnvironmentSettings) throws {
        let (first, second) = (try trajectory(settings, seed: 11), try trajectory(settings, seed: 11))
        #expect(first.steps == second.steps)
        #expect(first.observations == second.observations)
        #expect(try trajectory(settings, seed: 12).observations != first.observations)
    }

    /// Resets without a seed differ from each other, and come again after the same seed.
    @Test func aResetWithoutSeedGoesOn() throws {
        var environment = try RouterEnvironment(.v0)
        func openings() -> [[Float]] {
            environment.reset(seed: 4)
            return (0..<3).map { _ in
                defer { environment.reset() }
                return environment.observation
            }
        }
        let first = openings()
        #expect(Set(first).count == 3)
        #expect(openings() == first)
    }

    /// Whatever the settings, each component is from 0 to 1, and what a step says adds up: a million steps in forty worlds.
    @Test(arguments: 0..<40)
    func staysInItsSpace(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let settings = Self.settings(using: &generator)
        var environment = try RouterEnvironment(settings)
        environment.reset(seed: UInt64(seed))
        var spent = 0.0
        var observation = environment.observation
        for number in 0..<25_000 {
            let step = try environment.step(Int.random(in: settings.models.indices, using: &generator))
            environment.observe(into: &observation)
            spent += step.cost
            // Expected together: an expectation takes longer than a step.
            let isSound =
                observation.allSatisfy { $0 >= 0 && $0 <= 1 }
                && (step.isTerminated || abs(settings.budget - spent - step.budgetRemaining) < 1e-9)
                && abs(step.reward - Self.reward(step, settings.reward)) < 1e-12
                && step.isTerminated == (step.budgetRemaining <= 0)
                && step.isTruncated == (environment.stepCount >= settings.episodeLength)
            if !isSound {
                Issue.record("step \(number): \(step), then \(observation), \(spent) spent, in \(settings)")
                return
            }
            if step.isLast {
                environment.reset()
                spent = 0
            }
        }
    }

    @Test func theTimeLimitTruncatesAndTheBudgetTerminates() throws {
        var settings = EnvironmentSettings.v0
        settings.episodeLength = 3
        #expect(try lastStep(settings, action: 1) == [false, true])
        settings.budget = 0.003
        #expect(try lastStep(settings, action: 1) == [true, false])
        settings.budget = 0.0085
        #expect(try lastStep(settings, action: 1) == [true, true])
    }

    /// An episode may be longer than the usual thousand steps.
    @Test func nothingElseEndsAnEpisode() throws {
        var settings = EnvironmentSettings.v0
        settings.episodeLength = 1500
        var agent = Baseline(.constant(3))
        var environment = try RouterEnvironment(settings)
        #expect(try Episode(of: &agent, in: &environment, seed: 1).stepCount == 1500)
    }

    @Test func whatIsIncludedComesLast() throws {
        var settings = EnvironmentSettings.v1
        settings.episodeLength = 4
        #expect(settings.observationSize == 9)
        (settings.includesQualityRequired, settings.includesStepsRemaining) = (true, true)
        #expect(settings.observationSize == 11)
        var environment = try RouterEnvironment(settings)
        environment.reset(seed: 2)
        #expect(environment.observation[10] == 1)
        let required = environment.observation[9]
        let step = try environment.step(0)
        #expect(environment.observation[10] == 0.75)
        #expect(Float(step.qualityRequired) == required)
    }

    /// (0.5 − 0.8) · 2 = −0.6, and nothing where enough is delivered.
    @Test func missingQualityIsCharged() throws {
        let perfect = ModelConfig(
            name: "perfect",
            costPerCall: 0,
            latencyMean: 1,
            latencyStandardDeviation: 0,
            qualityScore: 1
        )
        var poor = perfect
        poor.qualityScore = 0.2
        let reward = RewardConfig(
            costWeight: 0,
            qualityWeight: 0,
            latencyPenalty: 0,
            slaThreshold: 1,
            qualityMissPenalty: 2
        )
        var environment = try RouterEnvironment(
            EnvironmentSettings(models: [perfect, poor], reward: reward, dynamics: .literal)
        )
        environment.reset(seed: 3)
        for action in [0, 1, 0, 1] {
            let step = try environment.step(action)
            #expect(abs(step.reward + 2 * max(0, step.qualityRequired - step.quality)) < 1e-12)
            #expect(step.violatesQuality == (step.reward < 0))
            #expect(action == 0 || step.reward < -0.3)
        }
    }

    /// A full queue, or a wait of more than ten seconds, fails: nothing is charged, and nothing joins.
    @Test func aFloodedServerFails() throws {
        var environment = try RouterEnvironment(.v1)
        environment.reset(seed: 8)
        var failed: [Step] = []
        for _ in 0..<1000 {
            let before = environment.queues[1]
            let step = try environment.step(1)
            #expect(step.isFailed == (before * 0.5 > 10))
            if step.isFailed { failed.append(step) }
        }
        #expect(failed.count > 50)
        #expect(failed.allSatisfy { $0.cost == 0 && $0.quality == 0 && $0.latency == 10 && $0.violatesSLA })
    }

    @Test func badInputIsNamed() throws {
        func message(_ change: (inout EnvironmentSettings) -> Void) -> String? {
            var settings = EnvironmentSettings.v1
            change(&settings)
            do throws(EnvironmentError) { _ = try RouterEnvironment(settings) } catch { return error.message }
            return nil
        }
        #expect(message { $0.models = [] } == "the list of models is empty: give at least one")
        #expect(message { $0.budget = 0 } == "budget is 0.0, and must be above 0")
        #expect(message { $0.budget = .nan }?.hasPrefix("budget is nan") == true)
        #expect(message { $0.episodeLength = 0 }?.contains("1 and up") == true)
        #expect(message { $0.maxQueueDepth = -1 }?.contains("max_queue_depth") == true)
        #expect(
            message { $0.models[0].latencyStandardDeviation = -0.1 }?.contains("latency_std of tier1_large") == true
        )
        #expect(message { $0.models[4].qualityScore = 1.1 }?.contains("0 to 1") == true)
        #expect(message { $0.reward.qualityWeight = .nan }?.contains("finite") == true)
        var environment = try RouterEnvironment(.v0)
        #expect(throws: EnvironmentError.notReset) { try environment.step(0) }
        environment.reset(seed: 1)
        #expect(throws: EnvironmentError.noSuchAction(5, models: 5)) { try environment.step(5) }
        #expect(throws: EnvironmentError.noSuchAction(-1, models: 5)) { try environment.step(-1) }
    }

    private func trajectory(
        _ settings: EnvironmentSettings,
        seed: UInt64
    ) throws -> (steps: [Step], observations: [[Float]]) {
        var environment = try RouterEnvironment(settings)
        environment.reset(seed: seed)
        var (steps, observations) = ([Step](), [environment.observation])
        for number in 0..<300 {
            steps.append(try environment.step(number * 7 % 5))
            observations.append(environment.observation)
        }
        return (steps, observations)
    }

    /// Whether the first last step is terminated, and whether it is truncated.
    private func lastStep(_ settings: EnvironmentSettings, action: Int) throws -> [Bool] {
        var environment = try RouterEnvironment(settings)
        environment.reset(seed: 1)
        while true {
            let step = try environment.step(action)
            if step.isLast { return [step.isTerminated, step.isTruncated] }
        }
    }

    private static func reward(_ step: Step, _ config: RewardConfig) -> Double {
        let late = max(0, step.latency - config.slaThreshold)
        let missing = max(0, step.qualityRequired - step.quality)
        return config.qualityWeight * step.quality - config.costWeight * step.cost - config.latencyPenalty * late
            - config.qualityMissPenalty * missing
    }

    private static func settings(using generator: inout SeededGenerator) -> EnvironmentSettings {
        let models = (0..<Int.random(in: 1...7, using: &generator)).map { number in
            ModelConfig(
                name: "\(number)",
                costPerCall: Double.random(in: 0...0.1, using: &generator),
                latencyMean: Double.random(in: 0.01...5, using: &generator),
                latencyStandardDeviation: Double.random(in: 0...2, using: &generator),
                qualityScore: Double.random(in: 0...1, using: &generator)
            )
        }
        let reward = RewardConfig(
            costWeight: Double.random(in: 0...10, using: &generator),
            qualityWeight: Double.random(in: 0...2, using: &generator),
            latencyPenalty: Double.random(in: 0...5, using: &generator),
            slaThreshold: Double.random(in: 0...3, using: &generator),
            qualityMissPenalty: Double.random(in: 0...2, using: &generator)
        )
        let dynamics = EnvironmentSettings.Dynamics.allCases.randomElement(using: &generator) ?? .realistic
        var settings = EnvironmentSettings(models: models, reward: reward, dynamics: dynamics)
        settings.budget = Double.random(in: 0.001...20, using: &generator)
        settings.episodeLength = Int.random(in: 1...1500, using: &generator)
        settings.maxQueueDepth = Double.random(in: 0.05...60, using: &generator)
        if Bool.random(using: &generator) {
            settings.traffic.arrivalRate = Double.random(in: 0.001...50, using: &generator)
            settings.traffic.load = .hourly((0..<24).map { _ in Double.random(in: 0...3, using: &generator) })
            let seen = (0..<50).map { _ in Double.random(in: 0...1, using: &generator) }
            (settings.traffic.complexity, settings.traffic.length) = (
                .quantiles(of: seen, count: 8), .quantiles(of: seen, count: 64)
            )
        }
        settings.includesQualityRequired = Bool.random(using: &generator)
        settings.includesStepsRemaining = Bool.random(using: &generator)
        return settings
    }
}
