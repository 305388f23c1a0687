import Domain
import Neural
import Testing

@testable import Learning

@Suite struct DeepQTests {
    private static let settings = {
        var settings = DeepQSettings()
        settings.shape.hidden = [16]
        settings.shape.dropout = 0
        settings.shape.isNormalized = false
        settings.learningRate = 3e-3
        settings.targetShare = 0.05
        settings.targetEvery = 1
        settings.discount = 0.5
        return settings
    }()

    /// A corridor of three places: going right ends the episode with 1, going left from the start with 0.2.
    ///
    /// With γ = 1/2: Q(right) is 0.25, 0.5 and 1 from left to right.
    @Test func learnsACorridor() {
        let learner = DeepQLearner(inputs: 3, actions: 2, settings: Self.settings)
        var generator = SeededGenerator(seed: 1)
        let state = { (place: Int) in (0..<3).map { $0 == place ? Float(1) : 0 } }
        for _ in 0..<600 {
            var place = 0
            for _ in 0..<8 {
                let action = learner.action(in: state(place), using: &generator)
                let next = place + (action == 1 ? 1 : -1)
                let reward: Float = next == 3 ? 1 : next == -1 ? 0.2 : 0
                let isOver = next == 3 || next == -1
                learner.observe(
                    Transition(state: state(place), action: action, reward: reward, next: isOver ? nil : state(next))
                )
                learner.learn()
                if isOver { break }
                place = next
            }
        }
        let values = learner.values(Matrix(rows: 3, columns: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1]))
        for (place, value) in [Float(0.25), 0.5, 1].enumerated() { #expect(abs(values[place, 1] - value) < 0.05) }
        #expect(abs(values[0, 0] - 0.2) < 0.05)
        #expect(learner.exploration == 0.01)
    }

    /// The learning network chooses, the other one values.
    @Test func targetsAreThoseOfDoubleLearning() throws {
        let learner = DeepQLearner(inputs: 2, actions: 3, settings: Self.settings)
        let other = DeepQLearner(inputs: 2, actions: 3, settings: Self.settings)
        var state = learner.state
        for (name, value) in state.tensors where name.hasPrefix("value/") {
            state.tensors[name] = Matrix(rows: value.rows, columns: value.columns, values: value.values.map { -$0 })
        }
        try other.restore(state)
        let next: [Float] = [0.3, -0.8]
        let input = Matrix(rows: 1, columns: 2, values: next)
        // Both target networks are the one that `learner` began with.
        let (valued, chosen) = (learner.values(input), other.values(input).values.indexOfHighest)
        let transitions = [
            Transition(state: [0, 0], action: 0, reward: 7),
            Transition(state: [0, 0], action: 1, reward: 1, next: next),
        ]
        let targets = other.targets(of: transitions)
        #expect(targets[0] == 7)
        #expect(abs(targets[1] - (1 + 0.5 * valued[0, chosen])) < 1e-6)
        #expect(chosen != valued.values.indexOfHighest)
    }

    @Test func replayPrefersHigherPrioritiesAndMakesUpForIt() {
        var buffer = ReplayBuffer<Int>(capacity: 3, exponent: 0.5)
        var generator = SeededGenerator(seed: 1)
        #expect(buffer.sample(2, using: &generator).isEmpty)
        for (value, priority) in [(0, 50.0), (1, 1), (2, 4), (3, 9)] { buffer.add(value, priority: priority) }
        // 0 was the oldest; the others are drawn as 1 : 2 : 3.
        let drawn = buffer.sample(60_000, using: &generator)
        let counts = Dictionary(grouping: drawn, by: \.experience).mapValues(\.count)
        #expect(counts.keys.sorted() == [1, 2, 3])
        for value in 1...3 { #expect(abs(Double(counts[value] ?? 0) / 10_000 - Double(value)) < 0.1) }
        for (value, weight) in drawn { #expect(abs(weight - 1 / Float(value)) < 1e-6) }
    }

    @Test func rewardsSpreadOverTheirRangeAndGiveTheQualityBack() {
        let reward = RoutingReward([.init(carbon: 8, cost: 2, latency: 150), .init(carbon: 2, cost: 0, latency: 75)])
        #expect(reward(model: 0, quality: 0) == 0)
        #expect(abs(reward(model: 1, quality: 1) - (0.4 + 0.3 * 0.75 + 0.2 + 0.1 * 0.5)) < 1e-6)
        for model in 0..<2 {
            #expect(abs(reward.quality(model: model, reward: reward(model: model, quality: 0.7)) - 0.7) < 1e-6)
        }
        #expect(reward.priority(model: 1, quality: 1) > reward.priority(model: 0, quality: 1))
        #expect(reward.priority(model: 0, quality: 0) > 0)
        #expect(RoutingReward([.init(carbon: 0, cost: 0, latency: 0)]).efficiencies == [0.6])
    }

    @Test func theCarbonBonusTurnsIntoAPenaltyWhereTheBudgetEnds() {
        #expect(RoutingReward.carbonBonus(used: 0) == 0.2)
        #expect(RoutingReward.carbonBonus(used: 1) == 0)
        #expect(abs(RoutingReward.carbonBonus(used: 0.5) - 0.1) < 1e-7)
        #expect(abs(RoutingReward.carbonBonus(used: 3) + 0.2) < 1e-7)
    }
}
