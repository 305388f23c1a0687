import Domain
import Testing

@testable import Routing

/// Feedback corrects a router where prompts are alike, and nowhere else.
@Suite struct FeedbackMemoryTests {
    /// A router that expects 0.5 of `a` and 0.6 of `b`, whatever the prompt.
    private struct Constant: QualityEstimator {
        let models = [ModelID("a"), ModelID("b")]
        var layers: [Int] = []
        var isLost = false

        func estimate(_: PromptEvidence) -> PromptEstimate {
            let qualities = [0.5, 0.6].map { QualityEstimate(expected: $0, deviation: 0.1) }
            return PromptEstimate(qualities: qualities, confidence: 0.75, isOutOfDomain: isLost)
        }
    }

    private static let poem = PromptEvidence(of: "write a poem about the rain in spring")
    private static let proof = PromptEvidence(of: "prove that 17 + 4 = 21 ; then [stop]")

    private static func lesson(
        _ number: UInt64,
        _ prompt: PromptEvidence = poem,
        _ model: String = "a",
        _ score: Double = 1
    ) -> FeedbackMemory.Lesson {
        .init(id: RequestID(high: 0, low: number), prompt: prompt, model: ModelID(model), score: score)
    }

    private static func expected(_ memory: FeedbackMemory, _ prompt: PromptEvidence) -> [Double] {
        memory.corrected(Constant().estimate(prompt), of: prompt).qualities.map(\.expected)
    }

    /// n equal prompts with score 1 move 0.5 by n · 0.5 / (4 + n).
    @Test func equalPromptsMoveAnEstimateByTheFormula() {
        for count in [1, 4, 12] {
            let memory = FeedbackMemory((0..<count).map { Self.lesson(UInt64($0)) }, of: Constant(), rowsMax: 100)
            let moved = Self.expected(memory, Self.poem)
            #expect(abs(moved[0] - (0.5 + 0.5 * Double(count) / Double(4 + count))) < 1e-5)
            #expect(moved[1] == 0.6)
            // What is alike in nothing stays as it was.
            #expect(Self.expected(memory, Self.proof) == [0.5, 0.6])
        }
    }

    /// A prompt that shares words with judged ones is moved less than those.
    @Test func similarPromptsCountByTheirSimilarity() {
        let memory = FeedbackMemory((0..<9).map { Self.lesson(UInt64($0)) }, of: Constant(), rowsMax: 100)
        let similar = Self.expected(memory, PromptEvidence(of: "write a poem about the rain in autumn"))[0]
        #expect(similar > 0.55 && similar < Self.expected(memory, Self.poem)[0] - 0.01)
    }

    /// One by one or all at once, in order or judged again: the memory is the same.
    @Test func learningOneByOneIsAsGoodAsAllAtOnce() {
        let lessons =
            (0..<5).map { Self.lesson($0, Self.poem, $0 % 2 == 0 ? "a" : "b", 0.9) } + [
                Self.lesson(2, Self.poem, "a", 0)
            ]
        let whole = FeedbackMemory(lessons, of: Constant(), rowsMax: 10)
        var grown = FeedbackMemory([], of: Constant(), rowsMax: 10)
        for lesson in lessons { grown.learn(lesson, of: Constant()) }
        #expect(whole.count == 5 && grown.count == 5)
        #expect(
            zip(Self.expected(whole, Self.poem), Self.expected(grown, Self.poem)).allSatisfy { abs($0 - $1) < 1e-6 }
        )
        // (0.4 + 0.4 − 0.5) / (4 + 3) for a, and 0.3 · 2 / (4 + 2) for b.
        let values = Self.expected(grown, Self.poem)
        #expect(abs(values[0] - (0.5 + 0.3 / 7)) < 1e-5 && abs(values[1] - 0.7) < 1e-5)
    }

    /// The oldest lesson makes room, and is forgotten by its name too.
    @Test func theOldestMakesRoom() {
        var memory = FeedbackMemory((0..<3).map { Self.lesson($0) }, of: Constant(), rowsMax: 3)
        memory.learn(Self.lesson(3, Self.proof), of: Constant())
        #expect(memory.count == 3)
        #expect(abs(Self.expected(memory, Self.poem)[0] - (0.5 + 1.0 / 6)) < 1e-5)
        // The first is new again, and takes the second's place.
        memory.learn(Self.lesson(0, Self.proof), of: Constant())
        #expect(memory.count == 3)
        #expect(abs(Self.expected(memory, Self.proof)[0] - (0.5 + 1.0 / 6)) < 1e-5)
        let latest = FeedbackMemory(
            (0..<9).map { Self.lesson($0, $0 < 8 ? Self.poem : Self.proof) },
            of: Constant(),
            rowsMax: 1
        )
        #expect(Self.expected(latest, Self.poem) == [0.5, 0.6])
    }

    @Test func aPromptWithFeedbackNearbyIsNoLongerUnknown() {
        let lost = Constant(isLost: true)
        for (count, isLost) in [(3, true), (4, false)] {
            let memory = FeedbackMemory((0..<count).map { Self.lesson(UInt64($0)) }, of: lost, rowsMax: 10)
            #expect(memory.corrected(lost.estimate(Self.poem), of: Self.poem).isOutOfDomain == isLost)
        }
    }

    /// Vectors that are missing, or of another width, and models that nobody knows, teach nothing.
    @Test func whatDoesNotFitTeachesNothing() {
        let router = Constant(layers: [0, 2])
        func prompt(_ width: Int) -> PromptEvidence {
            let vector = (0..<width).map { Float($0 + 1) }
            return PromptEvidence(of: "x", layers: [0: vector, 2: vector])
        }
        var memory = FeedbackMemory([Self.lesson(0, prompt(4))], of: router, rowsMax: 10)
        for lesson in [Self.lesson(1, prompt(5)), Self.lesson(2, Self.poem), Self.lesson(3, prompt(4), "c")] {
            memory.learn(lesson, of: router)
        }
        #expect(memory.count == 1)
        let all = [
            Self.lesson(0, prompt(4)), Self.lesson(1, prompt(5)), Self.lesson(2), Self.lesson(3, prompt(4), "c"),
        ]
        #expect(FeedbackMemory(all, of: router, rowsMax: 10).count == 1)
        // Of the layers that this router reads, some were not kept.
        #expect(FeedbackMemory(all, of: Constant(layers: [0, 2, 5]), rowsMax: 10).count == 0)
        #expect(Self.expected(memory, Self.poem) == [0.5, 0.6])
        #expect(Self.expected(memory, prompt(5)) == [0.5, 0.6])
    }

    @Test(arguments: ["", "Prove it.", "日本語のコード: `f(x) = 2`\n- one\n- two?"])
    func evidenceIsReadAsItWasWritten(text: String) throws {
        let layers: [Int: [Float]] = [0: [0.5, -1.25, 3], 2: [1e-3, 0, 65_000]]
        let evidence = PromptEvidence(of: text, layers: layers)
        let read = try #require(PromptEvidence(record: evidence.record))
        #expect(read.features.complexity == evidence.features.complexity)
        #expect(read.words.buckets == evidence.words.buckets)
        #expect(zip(read.words.weights, evidence.words.weights).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(zip(read.surface.values, evidence.surface.values).allSatisfy { abs($0 - $1) <= abs($1) / 1000 })
        for (layer, values) in layers {
            let states = try #require(read.layers[layer])
            #expect(states.count == 3 && zip(states, values).allSatisfy { abs($0 - $1) <= abs($1) / 1000 + 1e-6 })
        }
        #expect(PromptEvidence(record: read.record) == read)
    }

    /// Records that were cut, lengthened or overwritten are none, or at least harmless.
    @Test func brokenRecordsAreRefused() {
        let record = PromptEvidence(of: "some words, some more", layers: [0: [1, 2, 3]]).record
        for count in record.indices { #expect(PromptEvidence(record: Array(record.prefix(count))) == nil) }
        #expect(PromptEvidence(record: record + [0]) == nil)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var broken = record
            broken[.random(in: broken.indices, using: &generator)] = .random(in: .min ... .max, using: &generator)
            guard let read = PromptEvidence(record: broken) else { continue }
            #expect(read.words.buckets.allSatisfy { $0 < HashedWords.bucketCount })
            _ = LexicalEstimator(models: [ModelPrior(id: ModelID("a"), quality: 0.5)]).estimate(read)
        }
    }
}
