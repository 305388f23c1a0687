import Domain
import Foundation
import Learning
import Neural
import Testing

@Suite struct TrainerTests {
    /// Four clouds of points, each a class, half of the points to learn from.
    private struct Clouds {
        var features = Matrix(rows: 0, columns: 0)
        var labels: [Int] = []
        let learned = Array(0..<200)
        let others = Array(200..<400)

        init() {
            var generator = SeededGenerator(seed: 7)
            features = generator.matrix(400, 6)
            for row in 0..<400 {
                labels.append(row % 4)
                features[row, row % 4] += 5
            }
        }

        var targets: TrainingTargets { .classes(labels, count: 4) }

        func network(_ shape: HeadShape = .projection) -> FeatureNetwork {
            FeatureNetwork(shape, features: features, outputs: 4, seed: 1)
        }

        func trainer(_ network: FeatureNetwork, _ settings: TrainingSettings) -> Trainer {
            Trainer(network, targets: targets, examples: learned, validation: others, settings: settings)
        }

        func accuracy(_ network: FeatureNetwork) -> Double {
            let logits = network.forward(others, .inference).logits
            let right = others.indices.count { row in
                let values = Array(logits[row: row])
                return values.max() == values[labels[others[row]]]
            }
            return Double(right) / Double(others.count)
        }
    }

    private static let quick = {
        var settings = TrainingSettings()
        settings.epochs = 6
        settings.warmUpSteps = 4
        settings.learningRate = 5e-3
        return settings
    }()

    @Test(arguments: [
        ClassLoss.crossEntropy, .interIntra(margin: 1, interWeight: 1, intraWeight: 1), .focal(focus: 2, weight: 1),
        .labelSmoothing(0.1),
    ])
    func everyLossLearnsClassesApart(loss: ClassLoss) {
        let clouds = Clouds()
        let network = clouds.network()
        var settings = Self.quick
        settings.loss = loss
        #expect(clouds.accuracy(network) < 0.6)
        #expect(clouds.trainer(network, settings).run { _ in true })
        #expect(clouds.accuracy(network) > 0.97)
    }

    @Test func aMixtureLearnsAndSpreadsItsLoad() {
        let clouds = Clouds()
        let network = clouds.network(.gate)
        var settings = Self.quick
        settings.mixture = MixtureSettings()
        #expect(clouds.trainer(network, settings).run { _ in true })
        #expect(clouds.accuracy(network) > 0.97)
    }

    @Test func learnsScoresOfWhichSomeAreUnknown() {
        let clouds = Clouds()
        var scores = Matrix(rows: 400, columns: 2)
        for row in 0..<400 {
            scores[row, 0] = clouds.labels[row] < 2 ? 1 : 0
            scores[row, 1] = row.isMultiple(of: 3) ? .nan : 0.75
        }
        let network = FeatureNetwork(.projection, features: clouds.features, outputs: 2, seed: 1)
        let trainer = Trainer(
            network,
            targets: .scores(scores),
            examples: clouds.learned,
            validation: clouds.others,
            settings: Self.quick
        )
        #expect(trainer.run { _ in true })
        let logits = network.forward([200, 203], .inference).logits
        #expect(logits[0, 0] > 1 && logits[1, 0] < -1)
        #expect(abs(logits[0, 1] - logf(3)) < 0.3)
    }

    /// Interrupted at any step, saved and taken up by another process, it ends with the same weights to the last bit.
    @Test(arguments: [1, 5, 7, 20])
    func anInterruptedTrainingEndsAsIfItHadNotBeen(steps: Int) throws {
        let clouds = Clouds()
        let whole = clouds.network()
        #expect(clouds.trainer(whole, Self.quick).run { _ in true })

        let first = clouds.trainer(clouds.network(), Self.quick)
        #expect(!first.run { $0.totalSteps < steps })
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try first.checkpoint().write(to: path)

        let network = clouds.network()
        let second = clouds.trainer(network, Self.quick)
        try second.resume(TrainingCheckpoint(path: path))
        #expect(second.progress == first.progress)
        #expect(second.run { _ in true })
        #expect(network.parameters.map(\.value) == whole.parameters.map(\.value))
    }

    @Test func stopsEarlyWithTheBestWeights() {
        let clouds = Clouds()
        var settings = Self.quick
        settings.epochs = 200
        // So large that the loss soon grows.
        settings.learningRate = 0.5
        settings.patience = 2
        let network = clouds.network()
        let trainer = clouds.trainer(network, settings)
        #expect(trainer.run { _ in true })
        #expect(trainer.progress.epoch < 100)
        let logits = network.forward(clouds.others, .inference).logits
        let loss = Loss.crossEntropy(logits, labels: clouds.others.map { clouds.labels[$0] }).value
        #expect(abs(loss - trainer.progress.bestValidationLoss) < 1e-3 * max(1, loss))
    }

    @Test func refusesTheCheckpointOfAnotherNetwork() throws {
        let clouds = Clouds()
        let checkpoint = clouds.trainer(clouds.network(.gate), Self.quick).checkpoint()
        #expect(throws: TrainingError.checkpointDoesNotFit) {
            try clouds.trainer(clouds.network(), Self.quick).resume(checkpoint)
        }
        #expect(throws: TrainingError.self) { try TrainingCheckpoint(path: "missing.safetensors") }
    }
}
