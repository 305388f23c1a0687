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
        _ score: Double = 1,
        key: String? = nil
    ) -> FeedbackMemory.Lesson {
        .init(
            id: RequestID(high: 0, low: number),
            prompt: prompt,
            model: ModelID(model),
            score: score,
            key: key.map(KeyID.init(rawValue:))
        )
    }

    private static func expected(
        _ memory: FeedbackMemory,
        _ prompt: PromptEvidence,
        for asker: String? = nil
    ) -> [Double] {
        let asker = asker.map(KeyID.init(rawValue:))
        return memory.corrected(Constant().estimate(prompt), of: prompt, for: asker).qualities.map(\.expected)
    }

    /// The two-way model by hand, for equal prompts: the differences of each model's answers, κ of 16 and 8.
    private static func shifts(_ differences: [[Double]]) -> [Double] {
        let counts = differences.map { Double($0.count) }
        let means = zip(differences, counts).map { $1 > 0 ? $0.reduce(0, +) / $1 : 0 }
        let weights = counts.map { 8 * $0 / (8 + $0) }
        let common = zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 } / (16 + weights.reduce(0, +))
        return zip(counts, means).map { count, mean in
            guard count > 0 else { return common }
            let own = mean - common
            let trust = max(0, 1 - 0.25 / count / (own * own))
            return common + count / (8 + count) * trust * own
        }
    }

    @Test func equalPromptsMoveAnEstimateByTheFormula() {
        for count in [1, 4, 12, 50] {
            let memory = FeedbackMemory((0..<count).map { Self.lesson(UInt64($0)) }, of: Constant(), rowsMax: 100)
            let moved = Self.expected(memory, Self.poem)
            let shifts = Self.shifts([Array(repeating: 0.5, count: count), []])
            #expect(zip(moved, [0.5, 0.6]).map(-).elementsEqual(shifts) { abs($0 - $1) < 1e-5 }, "\(count)")
            // A model that nobody has judged shares a part, and never as much.
            #expect(moved[1] > 0.6 && moved[1] - 0.6 < moved[0] - 0.5 || count == 1)
            // What is alike in nothing stays as it was.
            #expect(Self.expected(memory, Self.proof) == [0.5, 0.6])
        }
    }

    /// A prompt that shares words with judged ones is moved less than those.
    @Test func similarPromptsCountByTheirSimilarity() {
        let memory = FeedbackMemory((0..<9).map { Self.lesson(UInt64($0)) }, of: Constant(), rowsMax: 100)
        let similar = Self.expected(memory, PromptEvidence(of: "write a poem about the rain in autumn"))[0]
        #expect(similar > 0.52 && similar < Self.expected(memory, Self.poem)[0] - 0.01)
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
        let shifts = Self.shifts([[0.4, 0.4, -0.5], [0.3, 0.3]])
        let values = Self.expected(grown, Self.poem)
        #expect(abs(values[0] - 0.5 - shifts[0]) < 1e-5 && abs(values[1] - 0.6 - shifts[1]) < 1e-5)
    }

    /// The oldest lesson makes room, and is forgotten by its name too.
    @Test func theOldestMakesRoom() {
        var memory = FeedbackMemory((0..<3).map { Self.lesson($0) }, of: Constant(), rowsMax: 3)
        memory.learn(Self.lesson(3, Self.proof), of: Constant())
        #expect(memory.count == 3)
        let moved = 0.5 + Self.shifts([[0.5, 0.5], []])[0]
        #expect(abs(Self.expected(memory, Self.poem)[0] - moved) < 1e-5)
        // The first is new again, and takes the second's place.
        memory.learn(Self.lesson(0, Self.proof), of: Constant())
        #expect(memory.count == 3)
        #expect(abs(Self.expected(memory, Self.proof)[0] - moved) < 1e-5)
        let latest = FeedbackMemory(
            (0..<9).map { Self.lesson($0, $0 < 8 ? Self.poem : Self.proof) },
            of: Constant(),
            rowsMax: 1
        )
        #expect(Self.expected(latest, Self.poem) == [0.5, 0.6])
    }

    @Test func aPromptWithFeedbackNearbyIsNoLongerUnknown() {
        let lost = Constant(isLost: true)
        for (count, isLost) in [(7, true), (8, false)] {
            let memory = FeedbackMemory((0..<count).map { Self.lesson(UInt64($0)) }, of: lost, rowsMax: 10)
            #expect(memory.corrected(lost.estimate(Self.poem), of: Self.poem, for: nil).isOutOfDomain == isLost)
        }
    }

    /// However much one key says, it moves other keys' estimates by its share at most, and its own as far as any would.
    @Test(arguments: [0.0, 0.25, 0.5, 0.9])
    func oneKeySteersOthersByItsShareAtMost(share: Double) {
        let lessons = (0..<300).map { Self.lesson($0, Self.poem, $0 % 5 == 0 ? "b" : "a", 0, key: "hostile") }
        let settings = FeedbackMemory.Settings(keyShareMax: share)
        let memory = FeedbackMemory(lessons, of: Constant(), rowsMax: 300, settings: settings)
        for (moved, quality) in zip(Self.expected(memory, Self.poem, for: "other"), [0.5, 0.6]) {
            #expect(moved >= quality * (1 - share) - 1e-6 && moved <= quality, "\(share)")
        }
        // Of as much as it may, it makes use: at least half of its share.
        #expect(Self.expected(memory, Self.poem, for: "other")[0] <= 0.5 * (1 - share / 4))
        #expect(Self.expected(memory, Self.poem, for: "hostile")[0] < 0.1)
    }

    /// Four keys with ten answers each say more than one with three hundred, though its answers came first.
    @Test func manyKeysOutvoteOne() {
        let loud = (0..<300).map { Self.lesson($0, Self.poem, "a", 0, key: "hostile") }
        let others = (0..<40).map { Self.lesson(1000 + $0, Self.poem, "a", 1, key: "honest \($0 % 4)") }
        for lessons in [loud + others, others + loud] {
            let memory = FeedbackMemory(lessons, of: Constant(), rowsMax: 400)
            #expect(Self.expected(memory, Self.poem, for: "somebody")[0] > 0.6)
        }
    }

    /// In a full memory a key that judges much makes room among its own lessons, all at once or one by one.
    @Test func oneKeyDoesNotDriveOutOthers() {
        let others = (0..<6).map { Self.lesson($0, Self.proof, "a", 1, key: "honest \($0 % 2)") }
        let loud = (0..<50).map { Self.lesson(100 + $0, Self.poem, "a", 0, key: "hostile") }
        var grown = FeedbackMemory(others, of: Constant(), rowsMax: 10)
        for lesson in loud { grown.learn(lesson, of: Constant()) }
        for memory in [grown, FeedbackMemory(others + loud, of: Constant(), rowsMax: 10)] {
            #expect(memory.count == 10)
            // Five of the six: the share of the loud one is half of the places.
            let moved = 0.5 + Self.shifts([Array(repeating: 0.5, count: 5), []])[0]
            #expect(abs(Self.expected(memory, Self.proof, for: "honest 0")[0] - moved) < 1e-5)
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
