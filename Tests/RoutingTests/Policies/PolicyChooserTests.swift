import Domain
import Foundation
import Neural
import Testing

@testable import Routing

@Suite struct PolicyChooserTests {
    /// One layer that gives back what it is shown, so that its outputs tell the observation: as many models as numbers.
    private static func showing(_ observation: TrainedPolicy.Observation, models: [String]) -> TrainedPolicy {
        let size =
            models.count + 4 + (observation.includesQualityRequired ? 1 : 0)
            + (observation.includesStepsRemaining ? 1 : 0)
        // Each model's output is the queue of its own, so the one with the most requests is wanted.
        var weight = Matrix(rows: models.count, columns: size)
        for index in models.indices { weight[index, 2 + index] = 1 }
        let network = PolicyNetwork([(weight, Array(repeating: 0, count: models.count))])
        return TrainedPolicy(network, models: models, observation: observation)
    }

    private static let plain = TrainedPolicy.Observation(
        tokensOfFullLength: 1000,
        maxQueueDepth: 50,
        includesQualityRequired: false,
        includesStepsRemaining: false
    )

    private static func fleet(active: [Int]) -> FleetSnapshot {
        let models = active.map { active in
            ModelSnapshot(
                availability: .available,
                active: active,
                slots: 50,
                samples: 0,
                successRate: 1,
                latency: .seconds(1),
                meanCost: nil
            )
        }
        return FleetSnapshot(models: models, turn: 0)
    }

    private static let situation = PolicyChooser.Situation(
        inputTokens: 250,
        complexity: 0.5,
        qualityRequired: nil,
        unixSeconds: 86_400 * 3 + 21_600,
        budgetShare: 0.75,
        timeShare: 0.125
    )

    /// The catalogue has other models, and these in another order; numbers stand where the environment has them.
    @Test func showsWhatTheEnvironmentHasShown() throws {
        var observation = Self.plain
        (observation.includesQualityRequired, observation.includesStepsRemaining) = (true, true)
        let chooser = try PolicyChooser(
            Self.showing(observation, models: ["b", "a"]),
            models: ["other", "a", "b"].map { ModelID($0) }
        )
        let fleet = Self.fleet(active: [40, 5, 20])
        let shown = chooser.observation(of: Self.situation, fleet: fleet)
        #expect(shown == [0.25, 0.5, 0.4, 0.1, 0.25, 0.75, 0.7, 0.125])
        let wanted = chooser.preferences(in: Self.situation, fleet: fleet)
        #expect(wanted[0] == nil && wanted[2] ?? 0 > wanted[1] ?? 1)
        #expect(abs((wanted[1] ?? 0) + (wanted[2] ?? 0) - 1) < 1e-9)
    }

    /// Whatever comes, numbers stay 0 to 1.
    @Test func numbersStayInTheirRange() throws {
        let chooser = try PolicyChooser(Self.showing(Self.plain, models: ["a"]), models: [ModelID("a")])
        let wild = PolicyChooser.Situation(
            inputTokens: .max,
            complexity: .nan,
            qualityRequired: .infinity,
            unixSeconds: -1,
            budgetShare: -3,
            timeShare: 7
        )
        let shown = chooser.observation(of: wild, fleet: Self.fleet(active: [1_000_000]))
        #expect(shown.allSatisfy { (0...1).contains($0) })
    }

    @Test func aPolicyOfOtherModelsIsNamed() {
        let policy = Self.showing(Self.plain, models: ["a", "lost"])
        let error = #expect(throws: FileError.self) { try PolicyChooser(policy, models: [ModelID("a")]) }
        #expect(error?.message.contains("the registry has no lost") ?? false)
    }

    /// A file gives back what was written, with either activation; and one that does not fit together is refused.
    @Test(arguments: [PolicyNetwork.Activation.tanh, .relu])
    func filesGiveBackPolicies(activation: PolicyNetwork.Activation) throws {
        let path = NSTemporaryDirectory() + "/policy-\(UUID()).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var generator = SeededGenerator(seed: 1)
        let layers = [(5, 8), (8, 1)].map { inputs, outputs in
            (
                weight: Matrix.normal(rows: outputs, columns: inputs, deviation: 1, using: &generator),
                bias: [Float](repeating: 0.5, count: outputs)
            )
        }
        let policy = TrainedPolicy(
            PolicyNetwork(layers, activation: activation),
            models: ["a"],
            observation: Self.plain
        )
        func write(_ metadata: [String: String]) throws {
            let tensors = policy.network.tensors.mapValues { Safetensors.Tensor($0) }
            try Safetensors.write(tensors, metadata: metadata, to: path)
        }
        try write(policy.metadata)
        #expect(try TrainedPolicy(SafetensorsFile(path: path)) == policy)
        let hidden = layers[0].weight.rows
        let shown: [Float] = [0.1, 0.9, 0.3, 0.2, 0.7]
        let middle = (0..<hidden).map { row in
            let sum = zip(layers[0].weight[row: row], shown).reduce(0.5) { $0 + $1.0 * $1.1 }
            return activation == .relu ? max(sum, 0) : tanh(sum)
        }
        let wanted = zip(layers[1].weight[row: 0], middle).reduce(0.5) { $0 + $1.0 * $1.1 }
        #expect(abs(policy.network(shown)[0] - wanted) < 1e-5)
        for (name, value) in [
            ("models", "a\nb"), ("kind", "head"), ("includes_steps_remaining", "true"), ("max_queue_depth", "0"),
            ("activation", "sine"),
        ] {
            var metadata = policy.metadata
            metadata[name] = value
            try write(metadata)
            #expect(throws: FileError.self, "\(name)") { try TrainedPolicy(SafetensorsFile(path: path)) }
        }
    }
}
