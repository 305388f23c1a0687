import Domain
import Testing

@testable import Routing

@Suite struct ComplexityTests {
    private static let hints =
        "analyze strategy multi-step reason design architecture trade-off evaluation"

    /// Measured on the published scorer (requirement S2-C01).
    @Test(
        arguments: [
            ("hi", 0.003), ("", 0), (hints, 0.424), (String(repeating: "word ", count: 200), 0.6),
            (String(repeating: "word ", count: 400), 0.6), (hints + String(repeating: " word", count: 200), 1),
        ] as [(String, Double)]
    )
    func theKeywordMeasureHasItsGoldenValues(text: String, score: Double) {
        #expect(abs(ComplexityMeasure.keyword.score(text).score - score) < 1e-12)
    }

    @Test func keywordsMatchInsideWordsAndInEitherCase() {
        // One word and one hit each: "reason" in "unreasonable".
        #expect(abs(ComplexityMeasure.keyword.score("UNREASONABLE").score - 0.053) < 1e-12)
        #expect(abs(ComplexityMeasure.keyword.score("reason Reason\treason").score - 0.059) < 1e-12)
        #expect(abs(ComplexityMeasure.keyword.score("trade off").score - 0.006) < 1e-12)
    }

    /// The later version has ten keywords, so each counts less.
    @Test func theExtendedMeasureKnowsTwoMore() {
        #expect(abs(ComplexityMeasure.keywordExtended.score(Self.hints).score - 0.344) < 1e-12)
        #expect(abs(ComplexityMeasure.keywordExtended.score("proof").score - 0.043) < 1e-12)
        #expect(abs(ComplexityMeasure.keyword.score("proof").score - 0.003) < 1e-12)
    }

    @Test func countsWhatItSays() {
        let features = PromptFeatures(
            of: """
                Compare these two, but only in Swift:
                - `let x = 1 + 20;`
                  2) ```f(x)``` für Größe?
                3.no item -no item
                """.utf8.span
        )
        #expect(features.demands == 1)
        #expect(features.constraintWords == 1)
        #expect(features.listItems == 2)
        #expect(features.codeFences == 2)
        #expect(features.digits == 5)
        #expect(features.operators == 2)
        #expect(features.symbols == 4)
        #expect(features.questions == 1)
        #expect(features.nonASCII == 3)
        #expect(features.words == 17)
    }

    /// By the table in the documentation: two demands, seven words.
    @Test func weighsByItsTable() {
        let score = PromptFeatures(of: "prove and explain it to me now".utf8.span).complexity
        #expect(abs(score - (0.30 * (2.0 / 3).squareRoot() + 0.20 * (7.0 / 150).squareRoot())) < 1e-12)
    }

    @Test(arguments: ComplexityMeasure.allCases, 0..<15)
    func scoresStayBetweenZeroAndOneAndMoreTextNeverLowersThem(measure: ComplexityMeasure, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "prove", "it", "must", "```", "{x}", "3.14", "\n- ", "\n1. ", "?", "größe", "日本", "extraordinarily", "=",
            "without", "reason", "\u{1F600}", "a", "`", "-", "trade-off",
        ]
        var text = ""
        var last = 0.0
        for _ in 0..<40 {
            let count = Int.random(in: 1...12, using: &generator)
            for _ in 0..<count {
                text += pieces[Int.random(in: pieces.indices, using: &generator)]
                if Bool.random(using: &generator) { text += " " }
            }
            let score = measure.score(text, bytesMax: 1024).score
            #expect(score >= last)
            #expect((0...1).contains(score))
            last = score
            text += " "
        }
    }

    @Test(arguments: ComplexityMeasure.allCases)
    func looksNoFurtherThanTold(measure: ComplexityMeasure) {
        let text = String(repeating: "prove reason ", count: 50)
        #expect(measure.score(text, bytesMax: 5) == measure.score("prove"))
        #expect(measure.score(text, bytesMax: -1).score == 0)
        #expect(measure.score(text, bytesMax: .max) == measure.score(text))
    }

    @Test(arguments: 0..<100)
    func anyBytesAreScored(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for measure in ComplexityMeasure.allCases { #expect((0...1).contains(measure.score(bytes.span).score)) }
        #expect(TokenEstimate.tokens(in: bytes.span) > 0)
    }

    /// Thresholds of requirement S1-C05: just inside and just outside.
    @Test(arguments: [
        (0.0, Tier.light), (0.3299, .light), (0.33, .medium), (0.6599, .medium), (0.66, .heavy), (1.0, .heavy),
    ])
    func mapsScoresToTiers(score: Double, tier: Tier) {
        let complexity = Complexity(score: score, features: PromptFeatures(of: "".utf8.span))
        #expect(complexity.tier() == tier)
    }

    @Test func ordersEasyBeforeHard() {
        let scores = [
            "hi",
            "What is the capital of France?",
            "Explain why the sky is blue and compare it with a sunset.",
            """
            Design a distributed rate limiter. Requirements:
            1. It must never exceed the limit by more than 5 %.
            2. It should survive the loss of a node without downtime.
            Analyze the trade-offs, derive the memory needed for 10^6 keys, and implement the core:
            ```swift
            func admit(_ key: String, now: UInt64) -> Bool { ... }
            ```
            """,
        ].map { ComplexityMeasure.lexical.score($0) }
        #expect(scores.map(\.score) == scores.map(\.score).sorted())
        #expect(scores.map { $0.tier() } == [.light, .light, .medium, .heavy])
    }
}
