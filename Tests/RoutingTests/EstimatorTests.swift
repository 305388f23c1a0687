import Domain
import Neural
import Routing
import Testing

@Suite struct EstimatorTests {
    private static let models = [
        ModelPrior(id: ModelID("small"), quality: 0.5), ModelPrior(id: ModelID("large"), quality: 0.9),
    ]

    /// The harder a prompt looks, the more the better model gains.
    @Test func lexicalGainGrowsWithComplexity() {
        let estimator = LexicalEstimator(models: Self.models)
        let easy = estimator.estimate(PromptEvidence(of: "hi"))
        let hard = estimator.estimate(
            PromptEvidence(of: "Prove why the algorithm must terminate, and derive a bound: analyze, design, verify.")
        )
        func gain(_ estimate: PromptEstimate) -> Double {
            estimate.qualities[1].expected - estimate.qualities[0].expected
        }
        #expect(gain(hard) > gain(easy) && gain(easy) > 0)
        #expect(easy.classes.first?.name == "light")
    }

    @Test func randomIsFairAndRepeats() {
        let estimator = RandomEstimator(models: Self.models, seed: 7)
        let estimates = (0..<2000).map { estimator.estimate(PromptEvidence(of: "prompt \($0)")) }
        #expect(estimates[0] == estimator.estimate(PromptEvidence(of: "prompt 0")))
        let classes = Dictionary(grouping: estimates) { $0.classes.first?.name ?? "" }.mapValues(\.count)
        #expect(classes.count == 4 && classes.values.allSatisfy { (400...600).contains($0) })
        #expect(estimates.allSatisfy { (0.5...1).contains($0.confidence) })
        let first = estimates.filter { $0.qualities[0].expected > $0.qualities[1].expected }.count
        #expect((900...1100).contains(first))
    }

    /// An estimator that says what it was told.
    private struct Said: QualityEstimator {
        let models = [ModelID("m")]
        let layers: [Int]
        let quality: Double
        let vote: String
        let confidence: Double

        func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
            PromptEstimate(
                qualities: [.init(expected: quality, deviation: 0)],
                classes: [.init(name: vote, probability: confidence)],
                confidence: confidence
            )
        }
    }

    /// With two votes for each of two classes the surer voters win; expected scores are averaged.
    @Test func ensembleBreaksTiesByConfidence() throws {
        let members = [
            Said(layers: [0], quality: 0.2, vote: "a", confidence: 0.6),
            Said(layers: [2], quality: 0.4, vote: "b", confidence: 0.7),
            Said(layers: [2], quality: 0.6, vote: "a", confidence: 0.9),
            Said(layers: [], quality: 0.8, vote: "b", confidence: 0.7),
        ]
        let ensemble = EnsembleEstimator(members)
        let estimate = ensemble.estimate(PromptEvidence(of: ""))
        #expect(ensemble.layers == [0, 2])
        #expect(estimate.classes.map(\.name) == ["a", "b"])
        #expect(abs(estimate.qualities[0].expected - 0.5) < 1e-12)
        #expect(abs(estimate.qualities[0].deviation - 0.05.squareRoot()) < 1e-12)
        #expect(abs(estimate.confidence - 0.725) < 1e-12)
    }

    /// A memory learns with each outcome, forgets the oldest when it is full, and knows what it has never seen.
    @Test func memoryLearnsAndForgets() throws {
        let memory = NeighbourMemory(
            layers: [0],
            keys: Matrix(rows: 0, columns: 2),
            scores: Matrix(rows: 0, columns: 2),
            rowsMax: 40
        )
        var estimator = NeighbourEstimator(memory: memory, names: ["small", "large"], models: Self.models, count: 20)
        let prompt = PromptEvidence(of: "p", layers: [0: [3, 4]])
        #expect(estimator.estimate(prompt).qualities.map(\.expected) == [0.5, 0.9])
        let key = try #require(NeighbourMemory.key(of: prompt.layers, layers: [0]))
        #expect(abs(key[0] - 0.6) < 1e-6)
        for _ in 0..<36 { estimator.memory.append(key: key, scores: [1, .nan]) }
        #expect(abs(estimator.estimate(prompt).qualities[0].expected - (2 + 20) / 24) < 1e-9)
        #expect(estimator.estimate(prompt).qualities[1].expected == 0.9)
        for _ in 0..<40 { estimator.memory.append(key: key, scores: [0, 1]) }
        #expect(estimator.memory.count == 40)
        #expect(abs(estimator.estimate(prompt).qualities[0].expected - 2.0 / 24) < 1e-9)
        #expect(estimator.estimate(PromptEvidence(of: "p", layers: [0: [-4, 3]])).isOutOfDomain)
        #expect(estimator.estimate(PromptEvidence(of: "p")).isOutOfDomain)
    }

    /// The largest values come first, ties by their place, as a full sort has them.
    @Test(arguments: 0..<50)
    func largestAgreesWithSorting(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<Int.random(in: 1...5000, using: &generator)).map { _ in
            Float(Int.random(in: 0...300, using: &generator))
        }
        let count = Int.random(in: 1...60, using: &generator)
        let sorted = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(count)
        #expect(NeighbourMemory.largest(values, count: count).map(\.row) == Array(sorted))
    }

    /// Values beyond the range of similarities, and such as are no numbers, are sorted as well.
    @Test func largestTakesAnyNumbers() {
        let values: [Float] = [-3, .infinity, 0.5, -.infinity, 1.5, -1, 0.5]
        #expect(NeighbourMemory.largest(values, count: 9).map(\.row) == [1, 4, 2, 6, 5, 0, 3])
        #expect(NeighbourMemory.largest(values, count: 4).map(\.row) == [1, 4, 2, 6])
        #expect(NeighbourMemory.largest([], count: 3).isEmpty && NeighbourMemory.largest([.nan], count: 1).count == 1)
    }

    /// The nearest of a memory are those that a search of all its keys finds, but for such as are as near.
    @Test(arguments: 0..<10)
    func nearestAreNearest(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let prompts = (0..<301).map { _ in (0..<64).map { _ in Float.random(in: -1...1, using: &generator) } }
        let keys = try prompts.map { try #require(NeighbourMemory.key(of: [0: $0], layers: [0])) }
        var memory = NeighbourMemory(
            layers: [0],
            keys: Matrix(rows: 200, columns: 64, values: keys[..<200].flatMap { $0 }),
            scores: Matrix(rows: 200, columns: 1),
            rowsMax: 250
        )
        // The last fifty take the place of the first.
        for key in keys[200..<300] { memory.append(key: key, scores: [1]) }
        let kept = Array(keys[250..<300] + keys[50..<250])
        let similarities = kept.map { key in zip(key, keys[300]).reduce(0) { $0 + $1.0 * $1.1 } }
        let exact = similarities.sorted(by: >)
        for (rank, neighbour) in memory.nearest(to: keys[300], count: 30).enumerated() {
            #expect(abs(neighbour.similarity - similarities[neighbour.row]) < 0.01)
            #expect(abs(neighbour.similarity - exact[rank]) < 0.01)
        }
    }

    @Test func findsModelsByName() {
        let name = ModelName("mistralai/Mixtral-8x7B-Instruct-v0.1@together")
        #expect(name == ModelName("mixtral_8x7b-instruct-v0.1"))
        #expect(ModelName("claude-3-haiku-20240307").isRelease(of: ModelName("claude-3-haiku")))
        #expect(!ModelName("gpt-4o-mini").isRelease(of: ModelName("gpt-4o")))
        #expect(!ModelName("gemma-2-9b").isRelease(of: ModelName("gemma-2")))
        #expect(ModelName("gemini-2.0-flash").likeness(to: ModelName("gemini-1.5-flash-002")) == 1)
        #expect(ModelName("gpt-4o").likeness(to: ModelName("claude-3-opus")) == 0)
    }

    /// Any bytes and broken vectors have an estimate within bounds.
    @Test(arguments: 0..<100)
    func surfaceSurvivesAnyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0...2000, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let surface = SurfaceFeatures(of: bytes.span, bytesMax: 1000)
        #expect(surface.values.count == SurfaceFeatures.count)
        #expect(surface.values.allSatisfy { $0.isFinite && $0 >= 0 })
        #expect(surface == SurfaceFeatures(of: Array(bytes.suffix(1000)).span, bytesMax: 1000))
    }
}
