import Domain
import Foundation
import Neural
import Routing
import Testing

@testable import Learning

@Suite struct StackTests {
    /// One feature, four rows: w = Σxy / (Σx² + λ) around the means; λ shrinks with the rows below 2,000.
    @Test func fitsALineByHand() throws {
        let ridge = Ridge(features: Matrix(rows: 4, columns: 1, values: [1, 2, 3, 4]), folds: [0, 0, 1, 1])
        let targets = Matrix(rows: 4, columns: 1, values: [2, 4, 6, 8])
        let fit = try #require(ridge.fit(targets, penalties: [2500]).first)
        // Σx² = 5, Σxy = 10, λ = 2500 · 4/2000 = 5.
        #expect(abs(fit.heads.weights[0, 0] - 1) < 1e-6)
        #expect(abs(fit.heads.biases[0] - 2.5) < 1e-6)
        // Without the first fold: Σx² = 0.5, Σxy = 1, λ = 2.5, so 7 + (1 − 3.5)/3 at x = 1.
        #expect(abs(fit.crossFitted[0, 0] - (7 - 2.5 / 3)) < 1e-5)
    }

    /// Two rows of three features: centred they are ±(½, −½, 0), their products ±½, and A = ±1 / (1 + λ) of the targets 3 and 1.
    @Test func fitsFewerRowsThanFeaturesByHand() throws {
        let ridge = Ridge(features: Matrix(rows: 2, columns: 3, values: [1, 0, 7, 0, 1, 7]), folds: [0, 0])
        // λ = 1000 · 2/2000 = 1.
        let fit = try #require(ridge.fit(Matrix(rows: 2, columns: 1, values: [3, 1]), penalties: [1000]).first)
        #expect(zip(fit.heads.weights.values, [0.5, -0.5, 0] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(abs(fit.heads.biases[0] - 2) < 1e-6)
    }

    /// Products of rows and products of features are two ways to the same heads, in all and without each fold.
    @Test(arguments: [(rows: 12, columns: 30), (rows: 30, columns: 12)])
    func bothWaysToARidgeAgree(rows: Int, columns: Int) throws {
        var generator = SeededGenerator(seed: 3)
        func drawn(_ columns: Int) -> Matrix {
            let values = (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) }
            return Matrix(rows: rows, columns: columns, values: values)
        }
        let (features, targets) = (drawn(columns), drawn(3))
        let folds = (0..<rows).map { $0 % 4 }
        // Of some rows nothing is known, and of the targets the second is not asked for.
        let known = (0..<rows).filter { $0 % 5 != 1 }
        let byRows = RowProducts(features, targets, [0, 2], rows: known, folds: folds)
        let byColumns = ColumnProducts(features, targets, [0, 2], rows: known, folds: folds)
        for fold in [nil, 0, 1, 2, 3] {
            #expect(byRows.count(without: fold) == byColumns.count(without: fold))
            let (one, other) = (
                try #require(byRows.heads(without: fold, penalty: 0.7)),
                try #require(byColumns.heads(without: fold, penalty: 0.7))
            )
            #expect(zip(one.weights.values, other.weights.values).allSatisfy { abs($0 - $1) < 1e-4 })
            #expect(zip(one.biases, other.biases).allSatisfy { abs($0 - $1) < 1e-4 })
            #expect(one.weights.values.contains { abs($0) > 0.1 })
        }
    }

    /// An encoder wider than the stack's gives no rows, and does no harm.
    @Test func vectorsOfAnotherWidthAreNone() {
        let outcome = Outcome(id: "", prompt: "a", scores: ["m": 1])
        let evidence = PromptEvidence(
            of: "a",
            layers: [0: Array(repeating: 1, count: 32), 2: Array(repeating: 1, count: 32)]
        )
        let rows = TrainingRows(OutcomeSet([outcome]), evidence: [evidence])
        #expect(rows.keys.values.allSatisfy { $0 == 0 } && FeatureVector.tier(of: evidence) == .text)
    }

    @Test func sharesAreNeverNegative() {
        var equations = NormalEquations(count: 2)
        for step in 0..<20 {
            let value = Float(step) / 10 - 1
            equations.add([value, -value], target: value)
        }
        let shares = equations.nonNegativeShares(ridge: 0)
        #expect(abs(shares[0] - 1) < 1e-4 && shares[1] == 0)
    }

    /// Levels and common parts add up to the scores of a table without noise, also where it has gaps.
    @Test func takesScoresApart() {
        var scores = Matrix(rows: 40, columns: 3)
        for row in 0..<40 {
            for column in 0..<3 { scores[row, column] = 0.2 + 0.2 * Float(column) + (row % 2 == 0 ? 0.1 : -0.1) }
        }
        let whole = Decomposition(scores)
        #expect(zip(whole.levels, [0.2, 0.4, 0.6]).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(abs(whole.common[0] - 0.1) < 1e-4 && abs(whole.common[1] + 0.1) < 1e-4)
        #expect((0..<40).allSatisfy { abs(whole.targets[$0, 2]) < 1e-4 })
        for row in 0..<20 { scores[row, 0] = .nan }
        let gaps = Decomposition(scores)
        #expect(zip(gaps.levels, [0.2, 0.4, 0.6]).allSatisfy { abs($0 - $1) < 0.02 })
        #expect(gaps.targets[0, 1].isNaN)
    }

    /// Right in fold 0 and wrong in fold 1: what a row is told of others is the opposite of its own, or it has seen itself.
    private static func opposites() -> (outcomes: [Outcome], decomposition: Decomposition, folds: [Int]) {
        let outcomes = (0..<40).map { index in
            let isFirst = index < 20
            let scores = ["a": isFirst ? 1.0 : 0, "b": isFirst ? 1.0 : 0]
            return Outcome(
                id: "\(index)",
                prompt: "",
                scores: scores,
                task: isFirst ? "one" : "two",
                fold: isFirst ? 0 : 1
            )
        }
        return (outcomes, Decomposition(OutcomeSet(outcomes).scores), outcomes.map(\.fold))
    }

    @Test func neighboursAreOfOtherFolds() {
        let (_, decomposition, folds) = Self.opposites()
        let keys = Matrix(rows: 40, columns: 2, values: folds.flatMap { $0 == 0 ? [1, 0] : [0.6, 0.8] as [Float] })
        let learner = NeighbourLearner(
            keys: keys,
            folds: folds,
            decomposition: decomposition,
            remembered: Array(0..<40)
        )
        for row in 0..<40 {
            #expect(abs(learner.means[0][row, 0] + decomposition.common[row]) < 1e-5)
            #expect(abs(learner.similarities[row] - 0.6) < 1e-5)
        }
    }

    /// Of a kind that stands in one fold alone, its rows are told nothing.
    @Test func tablesOfKindsAreOfOtherFolds() {
        let (outcomes, decomposition, folds) = Self.opposites()
        let learner = TaskLearner(outcomes)
        let sure = Matrix(rows: 40, columns: 2, values: folds.flatMap { $0 == 0 ? [9, 0] : [0, 9] as [Float] })
        let told = learner.crossFitted(sure, decomposition, folds: folds)
        #expect((0..<40).allSatisfy { abs(told[$0, 0]) < 1e-6 })
        // All rows together know: twenty of ±1/2, beside ten of nothing.
        let table = learner.means(of: decomposition, folds: folds, without: nil)
        #expect(abs(table[0, 0] - 1.0 / 3) < 1e-4 && abs(table[1, 0] + 1.0 / 3) < 1e-4)
    }

    /// Words tell which model is the better one; half of the scores of a third one are missing.
    @Test func learnsWhoIsGoodAtWhat() throws {
        let result = try StackTrainer().train(Self.rows(count: 120))
        let models = ["poet", "coder", "both"].map { ModelPrior(id: ModelID($0), quality: 0.5) }
        let estimator = StackEstimator(weights: result.weights, models: models)
        let poem = estimator.estimate(PromptEvidence(of: "write a poem about rain")).qualities.map(\.expected)
        let code = estimator.estimate(PromptEvidence(of: "write a function about rain")).qualities.map(\.expected)
        #expect(poem[0] > poem[1] + 0.3 && code[1] > code[0] + 0.3)
        #expect(poem[2] > 0.6 && code[2] > 0.6)
    }

    /// Outcomes that all name the same fold, such as what is left of a split, teach what they would without.
    @Test func learnsFromOneFold() throws {
        for fold in [{ _ in 7 }, { $0 % 2 * 5 }, { $0 == 0 ? 1 : 2 }] as [(Int) -> Int] {
            let weights = try StackTrainer().train(Self.rows(count: 60, fold: fold)).weights
            let models = ["poet", "coder"].map { ModelPrior(id: ModelID($0), quality: 0.5) }
            let estimator = StackEstimator(weights: weights, models: models)
            let poem = estimator.estimate(PromptEvidence(of: "write a poem about rain")).qualities.map(\.expected)
            #expect(poem[0] > poem[1] + 0.3, "\(poem)")
        }
    }

    @Test func learnsTheSameFromTheSame() throws {
        let rows = Self.rows(count: 60)
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try StackTrainer().train(rows).weights.write(to: path)
        let first = try Data(contentsOf: URL(filePath: path))
        try StackTrainer().train(rows).weights.write(to: path)
        #expect(try Data(contentsOf: URL(filePath: path)) == first)
    }

    /// What is written and read again says the same, but for the third digit of 16-bit floats.
    @Test func readsWhatItWrites() throws {
        let weights = try StackTrainer().train(Self.rows(count: 60)).weights
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try weights.write(to: path)
        let models = [ModelPrior(id: ModelID("coder"), quality: 0.5), ModelPrior(id: ModelID("new"), quality: 0.7)]
        let read = StackEstimator(weights: try StackWeights(SafetensorsFile(path: path)), models: models)
        let whole = StackEstimator(weights: weights, models: models)
        let prompt = PromptEvidence(of: "write a poem about snow")
        for (one, other) in zip(read.estimate(prompt).qualities, whole.estimate(prompt).qualities) {
            #expect(abs(one.expected - other.expected) < 0.01)
        }
    }

    /// Weights of before code was looked at do as if there were none.
    @Test func readsWeightsWithoutCode() throws {
        let rows = Self.rows(count: 60)
        var weights = try StackTrainer().train(rows).weights
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func expected(_ text: String) throws -> [Double] {
            let read = StackEstimator(
                weights: try StackWeights(SafetensorsFile(path: path)),
                models: [ModelPrior(id: ModelID("coder"), quality: 0.5), ModelPrior(id: ModelID("poet"), quality: 0.5)]
            )
            return read.estimate(PromptEvidence(of: text)).qualities.map(\.expected)
        }
        let text = "write a poem about snow()"
        for tier in weights.heads.indices {
            for row in 0..<weights.heads[tier].weights.rows {
                for column in FeatureVector.code { weights.heads[tier].weights[row, column] = 0 }
            }
        }
        try weights.write(to: path)
        let without = try expected(text)
        for tier in weights.heads.indices {
            for row in 0..<weights.heads[tier].weights.rows { weights.heads[tier].weights[row, Self.callColumn] = 1 }
        }
        try weights.write(to: path)
        #expect(try expected(text)[0] > without[0] + 0.2)

        let file = try SafetensorsFile(path: path)
        var tensors: [String: Safetensors.Tensor] = [:]
        for (name, tensor) in file.tensors where !name.hasSuffix(".code") {
            let values = try file.floats(name)
            let isOfFeatures = name.hasPrefix("features.")
            tensors[name] =
                isOfFeatures
                ? .init(Array(values.dropLast(FeatureVector.code.count))) : .init(shape: tensor.shape, values: values)
        }
        for format in ["switchyard-stack-1", "switchyard-stack-2", "switchyard-stack-3"] {
            let metadata = file.metadata.merging(["format": format]) { $1 }
            try Safetensors.write(tensors, metadata: metadata, to: path)
            if format == "switchyard-stack-1" {
                #expect(zip(try expected(text), without).allSatisfy { abs($0 - $1) < 0.001 })
            } else {
                #expect(throws: FileError.self) { try StackWeights(SafetensorsFile(path: path)) }
            }
        }
    }

    /// Where a row says how many names are called.
    private static var callColumn: Int { FeatureVector.code.lowerBound + 5 }

    /// Poems are four times as long as functions, and the poet's answers twice the coder's; of `both` nothing is known.
    @Test func learnsHowLongAnswersAre() throws {
        let rows = Self.rows(count: 200) { isPoem in ["poet": isPoem ? 800 : 200, "coder": isPoem ? 400 : 100] }
        let weights = try StackTrainer().train(rows).weights
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try weights.write(to: path)
        let models = ["poet", "coder", "both", "new"].map { ModelPrior(id: ModelID($0), quality: 0.5) }
        let estimator = StackEstimator(weights: try StackWeights(SafetensorsFile(path: path)), models: models)
        for (text, tokens) in [("write a poem about rain", 800.0), ("write a function about rain", 200)] {
            let estimate = estimator.estimate(PromptEvidence(of: text))
            let length = try #require(estimate.length)
            #expect(abs((length.tokens[0] ?? 0) / tokens - 1) < 0.25, "\(length)")
            #expect(abs((length.tokens[1] ?? 0) / tokens - 0.5) < 0.15)
            // Usual are 500 and 250: both models' answers are 1.6 or 0.4 times that, and so are others'.
            #expect(abs(length.ratio / (tokens / 500) - 1) < 0.25, "\(length)")
            #expect(length.tokens[2] == nil && length.tokens[3] == nil)
        }
        // Whatever the prompt, answers are a quarter as long as usual, four times as long, or in between.
        let odd = estimator.estimate(PromptEvidence(of: String(repeating: "poem poem {[(!?)]} ", count: 900)))
        #expect((0.24...4.01).contains(odd.length?.ratio ?? 0))
        // Without lengths there are none.
        let without = StackEstimator(weights: try StackTrainer().train(Self.rows(count: 60)).weights, models: models)
        #expect(without.estimate(PromptEvidence(of: "write a poem")).length == nil)
    }

    /// The sums of what is expected are those of what came, though logarithms are learned.
    @Test func expectedLengthsAddUp() throws {
        var generator = SeededGenerator(seed: 9)
        let rows = Self.rows(count: 400) { _ in ["poet": exp(.random(in: 3...7, using: &generator))] }
        let estimator = StackEstimator(
            weights: try StackTrainer().train(rows).weights,
            models: [ModelPrior(id: ModelID("poet"), quality: 0.5)]
        )
        let expected = rows.evidence.reduce(0) { $0 + (estimator.estimate($1).length?.tokens[0] ?? 0) }
        let came = rows.set.outcomes.reduce(0) { $0 + ($1.outputTokens["poet"] ?? 0) }
        #expect(abs(expected / came - 1) < 0.1)
    }

    /// A router that foresees lengths explains them, the means explain nothing, and the opposite is worse than these.
    @Test func theReportSaysHowMuchIsForeseen() throws {
        let rows = Self.rows(count: 100) { isPoem in ["poet": isPoem ? 800 : 200] }
        let set = rows.set
        func report(_ poem: Float, _ function: Float) -> LengthReport? {
            var expected = Matrix(rows: 100, columns: 3, values: Array(repeating: .nan, count: 300))
            let column = set.models.firstIndex(of: "poet") ?? 0
            for row in 0..<100 { expected[row, column] = row % 2 == 0 ? poem : function }
            return LengthReport(set, expected: expected)
        }
        let exact = try #require(report(800, 200))
        #expect(exact.count == 100 && exact.explained.value == 1 && exact.logarithmError.value < 1e-6)
        // Half of 4 = 2² is one octave from the middle.
        #expect(abs(exact.logarithmErrorOfMeans - log(2)) < 1e-6)
        let means = try #require(report(500, 500))
        #expect(abs(means.explained.value) < 1e-6 && abs(means.logarithmError.value - log(2)) < 1e-6)
        // A factor is the model's own, and costs all the same.
        let twice = try #require(report(1600, 400))
        #expect(twice.logarithmError.value < 1e-6 && twice.explained.value < 0)
        #expect(try #require(report(200, 800)).explained.value < -1)
        #expect(
            LengthReport(set, expected: Matrix(rows: 100, columns: 3, values: .init(repeating: .nan, count: 300)))
                == nil
        )
    }

    @Test func refusesTooFewRows() {
        #expect(throws: DataError.tooFew(rows: 10, needed: 20)) { try StackTrainer().train(Self.rows(count: 10)) }
    }

    /// Poems are the poet's, functions the coder's; `both` was asked every other time and is right.
    private static func rows(
        count: Int,
        tokens: (Bool) -> [String: Double] = { _ in [:] },
        fold: (Int) -> Int = { $0 / 2 % Outcome.foldCount }
    ) -> TrainingRows {
        let topics = ["rain", "snow", "wind", "sun", "fog", "hail", "ice"]
        let outcomes = (0..<count).map { index in
            let isPoem = index % 2 == 0
            var scores = ["poet": isPoem ? 1.0 : 0, "coder": isPoem ? 0 : 1.0]
            if index % 4 < 2 { scores["both"] = 1 }
            return Outcome(
                id: "\(index)",
                prompt: "write a \(isPoem ? "poem" : "function") about \(topics[index % topics.count])",
                scores: scores,
                outputTokens: tokens(isPoem),
                fold: fold(index)
            )
        }
        return TrainingRows(OutcomeSet(outcomes), evidence: outcomes.map { PromptEvidence(of: $0.prompt) })
    }
}
