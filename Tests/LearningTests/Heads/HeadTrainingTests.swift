import Domain
import Foundation
import Learning
import Neural
import Routing
import Testing

@Suite struct HeadTrainingTests {
    /// Prompts whose first feature says which of three models answers them, and another one nothing.
    private static let outcomes = {
        var generator = SeededGenerator(seed: 1)
        var features = generator.matrix(150, 6)
        var scores = Matrix(rows: 150, columns: 3)
        for row in 0..<150 {
            let isHard = row.isMultiple(of: 2)
            features[row, 0] = 3 * features[row, 0] / 10 + (isHard ? 40 : 37)
            features[row, 5] = 1
            scores[row, 0] = isHard ? 0 : 1
            scores[row, 1] = Float.random(in: 0..<1, using: &generator) < 0.8 ? 1 : 0
            scores[row, 2] = row.isMultiple(of: 7) ? .nan : 0.5
        }
        return HeadData(
            features: features,
            layers: [0, 2],
            targets: .scores(scores),
            names: ["weak", "strong", "even"],
            tiers: []
        )
    }()

    private static func recipe(_ kind: TrainedHead.Kind) -> HeadRecipe {
        var recipe = HeadRecipe(kind)
        recipe.shape.hidden = [16]
        recipe.shape.dropout = 0
        recipe.shape.inputDropout = 0
        recipe.memberCount = 2
        recipe.neighbourCount = 5
        recipe.training.epochs = 12
        recipe.training.warmUpSteps = 5
        recipe.training.batchSize = 16
        recipe.training.learningRate = 1e-2
        recipe.learning.batchSize = 16
        recipe.learning.learningRate = 3e-3
        recipe.learning.bufferCapacity = 500
        return recipe
    }

    private static func training(_ kind: TrainedHead.Kind, reward: RoutingReward? = nil) -> HeadTraining {
        let (examples, validation) = (Array(0..<120), Array(120..<150))
        return HeadTraining(outcomes, recipe: recipe(kind), examples: examples, validation: validation, reward: reward)
    }

    @Test(arguments: TrainedHead.Kind.allCases)
    func learnsWhichModelAnswersWhichPrompts(kind: TrainedHead.Kind) throws {
        let demands = [1, 9, 3].map { RoutingReward.Demands(carbon: $0, cost: $0, latency: $0) }
        let head = try #require(Self.training(kind, reward: RoutingReward(demands)).run { _ in true })
        let answers = head.answers(Self.outcomes.features)
        for row in 120..<150 {
            #expect(abs(answers[row, 0] - (row.isMultiple(of: 2) ? 0 : 1)) < 0.45, "\(row): \(answers[row, 0])")
            #expect(abs(answers[row, 1] - 0.8) < 0.3)
            #expect(abs(answers[row, 2] - 0.5) < 0.2)
        }
    }

    @Test(arguments: [TrainedHead.Kind.moe, .rl], [1, 60])
    func anInterruptedTrainingEndsAsIfItHadNotBeen(kind: TrainedHead.Kind, steps: Int) throws {
        let whole = try #require(Self.training(kind).run { _ in true })
        var count = 0
        let first = Self.training(kind)
        let interrupted = first.run { _ in
            count += 1
            return count < steps
        }
        #expect(interrupted == nil)
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try #require(first.checkpoint()).write(to: path)
        let second = Self.training(kind)
        try second.resume(TrainingCheckpoint(path: path))
        let resumed = second.run { _ in true }
        #expect(resumed == whole)
    }

    /// Members average out; what is asked of one prompt is what is asked of many; files keep all of it.
    @Test(arguments: TrainedHead.Kind.allCases)
    func servesWhatItTrained(kind: TrainedHead.Kind) throws {
        let head = try #require(Self.training(kind).run { _ in true })
        let folder = RouterFolder(path: FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path)
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        let manifest = RouterFolder.Manifest(
            router: kind.rawValue,
            data: "",
            files: [],
            rows: 150,
            seed: 1,
            licence: "MIT",
            encoder: nil,
            metrics: [:]
        )
        try folder.write(head, manifest)
        let read = try TrainedHead(SafetensorsFile(path: "\(folder.path)/router.safetensors"))
        #expect(read == head)

        let models = ["org/Strong@host", "other", "weak"].map { ModelPrior(id: ModelID($0), quality: 0.6) }
        let estimator = try folder.estimator(models: models)
        let row = Array(Self.outcomes.features[row: 140])
        let layers = [0: Array(row[..<4]), 2: Array(row[4...])]
        let estimate = estimator.estimate(PromptEvidence(of: "a prompt", layers: layers))
        let answers = head.answers(Self.outcomes.features.selecting([140]))
        #expect(abs(estimate.qualities[0].expected - Double(answers[0, 1])) < 1e-5)
        #expect(estimate.qualities[1] == QualityEstimate(expected: 0.6, deviation: 0.25))
        #expect(abs(estimate.qualities[2].expected - Double(answers[0, 0])) < 1e-5)
        #expect(!estimate.isOutOfDomain)
        #expect(estimate.classes.count == (kind == .moe ? 2 : 0))
        #expect(0...1 ~= estimate.confidence)

        let far = [0: [Float](repeating: 900, count: 4), 2: [Float](repeating: 1, count: 2)]
        #expect(estimator.estimate(PromptEvidence(of: "", layers: far)).isOutOfDomain)
        let without = estimator.estimate(PromptEvidence(of: "no vectors"))
        #expect(without.isOutOfDomain && without.qualities.allSatisfy { $0.expected == 0.6 })
    }

    @Test(arguments: TrainedHead.Kind.allCases)
    func learnsClasses(kind: TrainedHead.Kind) throws {
        let labels = (0..<150).map { $0 % 2 }
        let data = HeadData(
            features: Self.outcomes.features,
            layers: [0],
            targets: .classes(labels, count: 2),
            names: ["hard", "easy"],
            tiers: [.heavy, .light]
        )
        let training = HeadTraining(
            data,
            recipe: Self.recipe(kind),
            examples: Array(0..<120),
            validation: Array(120..<150)
        )
        let head = try #require(training.run { _ in true })
        let models = [0.9, 0.5].map { ModelPrior(id: ModelID("\($0)"), quality: $0) }
        let estimator = HeadEstimator(head, models: models)
        var right = 0
        for row in 120..<150 {
            let evidence = PromptEvidence(of: "", layers: [0: Array(data.features[row: row])])
            let estimate = estimator.estimate(evidence)
            if estimate.classes.first?.name == data.names[labels[row]] { right += 1 }
            #expect(abs(estimate.classes.reduce(0) { $0 + $1.probability } - 1) < 1e-6)
        }
        #expect(right >= 28)
    }
}
