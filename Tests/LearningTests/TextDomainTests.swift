import Domain
import Foundation
import Neural
import Routing
import Testing

@testable import Learning

/// What training knows of texts, and what becomes of prompts that are unlike these.
@Suite struct TextDomainTests {
    private static let verbs = ["add", "count", "sort", "name", "compare", "list"]
    private static let things = ["apples", "rivers", "prices", "letters", "planets", "trains", "coins"]

    /// Short exercises of a few words, half of them with choices below: two kinds of texts.
    private static func exercise(_ index: Int) -> String {
        let (verb, thing) = (verbs[index % verbs.count], things[index % things.count])
        let question = "How do you \(verb) the \(thing) of exercise \(index)?"
        return index.isMultiple(of: 2) ? question : question + "\nA. all\nB. none\nC. the first\nD. the last"
    }

    private static func rows(count: Int) -> TrainingRows {
        let outcomes = (0..<count).map { index in
            let isOdd = index % 2 == 1
            return Outcome(
                id: "\(index)",
                prompt: exercise(index),
                scores: ["small": isOdd ? 1 : 0, "large": 1],
                outputTokens: ["small": isOdd ? 10 : 400, "large": isOdd ? 20 : 800],
                fold: index / 2 % Outcome.foldCount
            )
        }
        return TrainingRows(OutcomeSet(outcomes), evidence: outcomes.map { PromptEvidence(of: $0.prompt) })
    }

    private static let domain = {
        let rows = Self.rows(count: 200)
        return TextDomainLearner(rows.evidence, folds: rows.set.outcomes.map(\.fold), seed: 1).domain
    }()

    private static func estimator(_ weights: StackWeights) -> StackEstimator {
        StackEstimator(
            weights: weights,
            models: [
                ModelPrior(id: ModelID("small"), quality: 0.3), ModelPrior(id: ModelID("large"), quality: 0.6),
            ]
        )
    }

    private static let prose = """
        Long before the first bridge was built, traders came down from the hills with salt and wool, and they found a \
        shallow crossing where the current slowed. Over the centuries the crossing became a market, and the market became \
        a town whose walls were raised, burned and raised again.\n
        """

    /// Pages of prose, noise, another language's letters and a log: none of them is an exercise.
    private static let strangers = [
        "prose": String(repeating: prose, count: 20),
        "noise": String((0..<1500).map { "qzxkvjwpyfgbh789~^"[$0 * $0 * 7 % 18] }),
        "Chinese": String(repeating: "请用中文写一篇关于人工智能历史的文章不少于一千字。", count: 12),
        "log": (0..<60).map { "2026-11-22T13:00:\($0)Z [w-\($0 % 4)] id=\($0 * 7919) status=200 {bytes}=\($0 * 13)" }
            .joined(separator: "\n"),
    ]

    @Test func aPromptUnlikeAllTextsIsOutOfTheDomainWithoutAnEncoder() throws {
        let estimator = Self.estimator(try StackTrainer().train(Self.rows(count: 60)).weights)
        for (name, text) in Self.strangers {
            let estimate = estimator.estimate(PromptEvidence(of: text))
            #expect(estimate.isOutOfDomain, "\(name)")
            // Half of what was learned is kept, and the answer's length is the usual one.
            #expect(estimate.length?.ratio == 1, "\(name)")
        }
        for index in 1000..<1050 {
            let estimate = estimator.estimate(PromptEvidence(of: Self.exercise(index)))
            #expect(!estimate.isOutOfDomain, "\(Self.exercise(index))")
            #expect((estimate.length?.ratio ?? 1) != 1)
        }
    }

    /// A text at the limit counts in part: qualities go from what was learned to the registry's without a step.
    @Test func belongingFallsFromHomeToTheLimit() throws {
        let domain = Self.domain
        let surface = PromptEvidence(of: Self.exercise(3)).surface
        func belonging(_ share: Float) -> Float {
            var shifted = domain
            // The text is as far as it is; home and the limit are put around it.
            let distance = domain.distance(surface)
            shifted.shapeLimits = SIMD2(distance - share, distance - share + 1)
            shifted.wordLimits = SIMD2(100, 101)
            return shifted.belonging(PromptEvidence(of: Self.exercise(3)))
        }
        #expect(belonging(-0.5) == 1 && abs(belonging(0.25) - 0.75) < 1e-4 && belonging(1.5) == 0)
    }

    /// Rare words alone put a text of the usual shape out of the domain; usual ones never do.
    @Test func strangeWordsAreStrange() {
        let domain = Self.domain
        let strange = PromptEvidence(of: "Wio zu gro fyn krull brask ennu tolvik?").words
        let usual = PromptEvidence(of: Self.exercise(7)).words
        #expect(domain.strangeness(strange) > domain.strangeness(usual) + 1)
        // By hand: two buckets of equal shares, one as usual as the mean, the other rarer by 2.
        let words = PromptEvidence(of: "ab").words
        var known = domain
        known.frequencies = Array(repeating: -5, count: HashedWords.bucketCount)
        for bucket in words.buckets.dropFirst() { known.frequencies[Int(bucket)] = -7 }
        known.familiarity = .init(mean: -5, variance: 0.5, wordVariance: 1)
        #expect(words.buckets.count == 2)
        // A mean of −6 where −5 is usual, and a variance of 0.5 + 1/2.
        #expect(abs(known.strangeness(words) - 1) < 1e-5)
        // Half way from home to the limit, whatever its shape.
        known.shapeLimits = SIMD2(1000, 1001)
        known.wordLimits = SIMD2(0.5, 1.5)
        #expect(abs(known.belonging(PromptEvidence(of: "ab")) - 0.5) < 1e-4)
    }

    /// How usual words are is what texts of other folds say: else each text would vouch for its own.
    @Test func textsDoNotVouchForThemselves() {
        let evidence = (0..<40).map { PromptEvidence(of: $0 < 20 ? "alpha beta \($0)" : "gamma delta \($0)") }
        func familiarity(_ folds: [Int]) -> TextDomain.Familiarity {
            TextDomainLearner(evidence, folds: folds, seed: 1).domain.familiarity
        }
        let apart = familiarity((0..<40).map { $0 < 20 ? 0 : 1 })
        #expect(apart.mean < familiarity((0..<40).map { $0 % 2 }).mean - 0.4)
    }

    /// Few prompts to learn from: what they lack must not shut out all others like them.
    @Test func fewPromptsShutOutNoneOfTheirKind() throws {
        let estimator = Self.estimator(try StackTrainer().train(Self.rows(count: 24)).weights)
        for index in 500..<520 {
            #expect(!estimator.estimate(PromptEvidence(of: Self.exercise(index))).isOutOfDomain)
        }
        let odd = PromptEvidence(of: "How do you sort the (few) trains of exercise 3; 4?")
        #expect(!estimator.estimate(odd).isOutOfDomain)
    }

    /// Two kinds of texts have two centres: what lies between them is farther than either.
    @Test func kindsHaveCentresOfTheirOwn() {
        let domain = Self.domain
        #expect(domain.centres.rows == 4)
        let distances = (1000..<1100).map { domain.distance(PromptEvidence(of: Self.exercise($0)).surface) }
        #expect((distances.max() ?? 1) < domain.shapeLimits.y / 2)
    }

    @Test func aFileKeepsIt() throws {
        let weights = try StackTrainer().train(Self.rows(count: 60)).weights
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try weights.write(to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.tensors["domain.text"] != nil)
        #expect(try StackWeights(file).text == weights.text)
        // Files of trainings that did not look know nothing against a text.
        var old = weights
        old.text = nil
        try old.write(to: path)
        let read = try StackWeights(SafetensorsFile(path: path))
        #expect(read.text == nil)
        #expect(!Self.estimator(read).estimate(PromptEvidence(of: Self.strangers["noise"] ?? "")).isOutOfDomain)
    }
}

extension String {
    /// The character at a place.
    fileprivate subscript(_ place: Int) -> Character { self[index(startIndex, offsetBy: place)] }
}
