import Domain
import Foundation
import Neural
import Testing

@testable import Learning

@Suite struct PPOLossTests {
    /// What Tests/Tools/ppo_goldens.py has of PyTorch.
    private static let golden = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return Result { try SafetensorsFile(path: tests.appending(path: "Fixtures/neural/ppo.safetensors").path) }
    }()

    private static var settings: PPOSettings {
        var settings = PPOSettings()
        (settings.clipRange, settings.entropyWeight, settings.valueWeight) = (0.2, 0.01, 0.5)
        return settings
    }

    private static func batch(_ file: SafetensorsFile) throws -> PPOLoss.Batch {
        PPOLoss.Batch(
            actions: try file.floats("actions").map { Int($0) },
            logProbabilities: try file.floats("old"),
            advantages: try file.floats("advantages"),
            returns: try file.floats("returns")
        )
    }

    @Test func isPyTorchs() throws {
        let file = try Self.golden.get()
        let loss = PPOLoss(
            logits: try file.matrix("logits"),
            values: try file.matrix("values"),
            try Self.batch(file),
            settings: Self.settings
        )
        #expect(abs(loss.value - (try file.floats("loss")[0])) < 1e-6)
        #expect(abs(loss.entropy - (try file.floats("entropy")[0])) < 1e-6)
        #expect(abs(loss.clipShare - (try file.floats("clip_share")[0])) < 1e-6)
        expect(loss.logitGradient, near: try file.matrix("logits.gradient"))
        expect(loss.valueGradient, near: try file.matrix("values.gradient"))
    }

    /// Forward, loss, backward, clipping of the norm and Adam together.
    @Test func anUpdateIsPyTorchs() throws {
        let file = try Self.golden.get()
        let networks = ActorCritic(inputs: 6, actions: 4, hidden: [8], seed: 1)
        for parameter in networks.parameters { parameter.value = try file.matrix("before/\(parameter.name)") }
        let observations = try file.matrix("observations")
        let logits = networks.actor.forward(observations)
        expect(logits, near: try file.matrix("logits"))
        let loss = PPOLoss(
            logits: logits,
            values: networks.critic.forward(observations),
            try Self.batch(file),
            settings: Self.settings
        )
        networks.actor.backward(loss.logitGradient)
        networks.critic.backward(loss.valueGradient)
        var adam = AdamW.Settings()
        (adam.weightDecay, adam.epsilon) = (0, 1e-5)
        var optimiser = AdamW(networks.parameters, settings: adam)
        #expect(networks.parameters.clipGradients(normMax: 0.5) > 0.5)
        optimiser.step(learningRate: 3e-3)
        for parameter in networks.parameters {
            expect(parameter.value, near: try file.matrix("after/\(parameter.name)"))
        }
    }

    /// Central differences of the loss, in logits and in values.
    @Test(arguments: 0..<20)
    func gradientsAreDifferences(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let logits = Matrix.normal(rows: 5, columns: 3, deviation: 1, using: &generator)
        let values = Matrix.normal(rows: 5, columns: 1, deviation: 1, using: &generator)
        let others = Matrix.normal(rows: 2, columns: 5, deviation: 1, using: &generator)
        let actions = (0..<5).map { _ in Int.random(in: 0..<3, using: &generator) }
        let batch = PPOLoss.Batch(
            actions: actions,
            // Within the range, and beyond it on either side, but not at its edges, where there is no derivative.
            logProbabilities: actions.enumerated().map { row, action in
                let shift: Float = [-0.5, -0.1, 0.1, 0.5].randomElement(using: &generator) ?? 0
                return Array(logits[row: row]).logSoftmax[action] + shift
            },
            advantages: Array(others[row: 0]),
            returns: Array(others[row: 1])
        )
        var settings = Self.settings
        settings.entropyWeight = 0.3
        func loss(_ logits: Matrix, _ values: Matrix) -> PPOLoss {
            PPOLoss(logits: logits, values: values, batch, settings: settings)
        }
        let found = loss(logits, values)
        for place in logits.values.indices {
            var (above, below) = (logits, logits)
            above.values[place] += 1e-2
            below.values[place] -= 1e-2
            let difference = (loss(above, values).value - loss(below, values).value) / 2e-2
            #expect(abs(difference - found.logitGradient.values[place]) < 2e-3)
        }
        for place in values.values.indices {
            var (above, below) = (values, values)
            above.values[place] += 1e-2
            below.values[place] -= 1e-2
            let difference = (loss(logits, above).value - loss(logits, below).value) / 2e-2
            #expect(abs(difference - found.valueGradient.values[place]) < 1e-3)
        }
    }

    private func expect(_ found: Matrix, near wanted: Matrix, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(found.hasShape(of: wanted), sourceLocation: sourceLocation)
        let worst = zip(found.values, wanted.values).map { abs($0 - $1) }.max() ?? 0
        #expect(worst < 2e-6, sourceLocation: sourceLocation)
    }
}
