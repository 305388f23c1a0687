import Domain
import Testing

@testable import Routing

@Suite struct FeedbackBanditTests {
    private static let models = ["poet", "prover"].map { ModelID($0) }
    private static let prompts = [
        "Write a poem about rain for my friend.", "Prove that 7 * 8 = 56, and calculate 3 + 4.",
    ]

    private static func context(_ kind: Int) -> [Double] {
        let complexity = ComplexityMeasure.lexical.score(prompts[kind])
        return complexity.context(inputTokens: 10)
    }

    /// A gateway in small: each request is of one of two kinds, the strategy always takes the first model, and each answer is judged
    /// by `score`, by the kind and the model.
    private struct Loop {
        var lessons: [BanditLesson] = []
        var bandit: FeedbackBandit
        var generator: SeededGenerator
        var settings = FeedbackBandit.Settings()
        var inForceCount = 0

        init(seed: UInt64) {
            settings.exploration = 0.3
            settings.guardRows = 300
            bandit = FeedbackBandit([], models: models, wasInForce: nil, settings: settings)
            generator = SeededGenerator(seed: seed)
        }

        mutating func run(_ count: Int, score: (_ kind: Int, _ model: Int) -> Double) {
            for _ in 0..<count {
                let kind = Int.random(in: 0..<2, using: &generator)
                let context = FeedbackBanditTests.context(kind)
                let values = bandit.preferences(in: context).values.map { $0 ?? 0 }
                let own = values[0] >= values[1] ? 0 : 1
                let preferred = bandit.isInForce ? own : 0
                inForceCount += bandit.isInForce ? 1 : 0
                let isDrawn = Double.random(in: 0..<1, using: &generator) < 0.3
                let choice = isDrawn ? Int.random(in: 0..<2, using: &generator) : preferred
                let chance = score(kind, choice)
                lessons.append(
                    BanditLesson(
                        id: RequestID(high: UInt64(lessons.count), low: 0),
                        key: KeyID(rawValue: "honest \(lessons.count % 3)"),
                        context: context,
                        model: models[choice],
                        reward: Double.random(in: 0..<1, using: &generator) < chance ? 1 : 0,
                        chosen: models[choice],
                        propensity: choice == preferred ? 0.85 : 0.15,
                        strategyChoice: models[0],
                        routerChoice: models[own],
                        wasInForce: bandit.isInForce
                    )
                )
                // As a gateway under load does: one look takes all that came meanwhile.
                guard lessons.count.isMultiple(of: 5) else { continue }
                bandit = FeedbackBandit(
                    Array(lessons.suffix(600)),
                    models: models,
                    wasInForce: bandit.isInForce,
                    settings: settings
                )
            }
        }
    }

    /// Either model is good at one kind: the bandit learns which, gets in force, and goes out of force when the second model
    /// turns bad; a restart finds it as it was.
    @Test(arguments: [UInt64(1), 2, 3])
    func learnsAndIsHeldBack(seed: UInt64) {
        var loop = Loop(seed: seed)
        loop.run(300) { kind, model in kind == model ? 0.95 : 0.1 }
        #expect(loop.bandit.isInForce)
        let expected = (0..<2).map { loop.bandit.expected(in: Self.context($0)) }
        #expect(expected[0][0] > expected[0][1] + 0.4 && expected[1][1] > expected[1][0] + 0.4)
        let kept = Array(loop.lessons.suffix(600))
        let again = FeedbackBandit(kept, models: Self.models, wasInForce: nil, settings: loop.settings)
        #expect(again.isInForce && again.expected(in: Self.context(0)) == expected[0])
        let before = loop.inForceCount
        loop.run(300) { _, model in model == 0 ? 0.9 : 0.02 }
        #expect(!loop.bandit.isInForce)
        // It did not wait until all it looks at was of the new kind.
        #expect(loop.inForceCount - before < 250)
    }

    /// Where the strategy is right as well, the bandit does not get in force for nothing.
    @Test func needsToBeBetter() {
        var loop = Loop(seed: 4)
        loop.run(400) { _, model in model == 0 ? 0.8 : 0.5 }
        #expect(!loop.bandit.isInForce && loop.inForceCount < 40)
        guard case .compared(let gain) = loop.bandit.verdict else { return }
        #expect(gain.low <= 0)
    }

    /// One key's lies have their share, and no more.
    @Test func aKeyHasItsShareAndNoMore() {
        var loop = Loop(seed: 5)
        loop.run(300) { kind, model in kind == model ? 0.95 : 0.1 }
        let lies = (0..<2000).map { number in
            let kind = number % 2
            return BanditLesson(
                id: RequestID(high: UInt64(10_000 + number), low: 0),
                key: KeyID(rawValue: "liar"),
                context: Self.context(kind),
                model: Self.models[kind],
                reward: 0,
                chosen: Self.models[kind],
                propensity: 0.9,
                strategyChoice: Self.models[0],
                routerChoice: Self.models[kind],
                wasInForce: true
            )
        }
        var settings = loop.settings
        settings.keyShareMax = 0.25
        let held = FeedbackBandit(loop.lessons + lies, models: Self.models, wasInForce: true, settings: settings)
        #expect(held.lessonCount == 400)
        let expected = held.expected(in: Self.context(1))
        #expect(expected[1] > expected[0])
        settings.keyShareMax = 1
        let open = FeedbackBandit(loop.lessons + lies, models: Self.models, wasInForce: true, settings: settings)
        #expect(open.lessonCount == 2300 && open.expected(in: Self.context(1))[1] < expected[1])
    }

    /// Who is alone drowns out nobody; who is nearly alone keeps what may always be said.
    @Test func capsAreShares() {
        func lessons(_ counts: [(String, Int)]) -> [BanditLesson] {
            counts.flatMap { key, count in
                (0..<count).map { number in
                    BanditLesson(
                        id: RequestID(high: UInt64(number), low: 0),
                        key: KeyID(rawValue: key),
                        context: [],
                        model: Self.models[0],
                        reward: Double(number),
                        chosen: Self.models[0],
                        propensity: 1,
                        strategyChoice: Self.models[0],
                        routerChoice: Self.models[0],
                        wasInForce: false
                    )
                }
            }
        }
        func count(_ counts: [(String, Int)], _ share: Double, _ key: String) -> Int {
            lessons(counts).capped(toShare: share, floor: 10).count { $0.key?.rawValue == key }
        }
        #expect(count([("a", 500)], 0.5, "a") == 500)
        #expect(count([("a", 500), ("b", 60)], 0.5, "a") == 60 && count([("a", 500), ("b", 60)], 0.5, "b") == 60)
        #expect(count([("a", 500), ("b", 1)], 0.5, "a") == 10)
        // Two keys can't have less than half each.
        #expect(count([("a", 500), ("b", 60)], 0.1, "a") == 60)
        #expect(count([("a", 500), ("b", 60)], 1, "a") == 500)
        // The latest stay.
        #expect(lessons([("a", 500), ("b", 60)]).capped(toShare: 0.5, floor: 10).first?.reward == 440)
    }
}
