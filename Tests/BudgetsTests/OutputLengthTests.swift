import Domain
import Glibc
import Testing

@testable import Budgets

@Suite struct OutputLengthTests {
    private let model = ModelID("m")
    private let key = KeyID(rawValue: "k")
    private let prompts = PromptClass(capability: .general, inputTokens: 300)

    private enum Lengths: CaseIterable {
        case constant, uniform, logNormal, heavyTail, twoHumps

        func draw(_ generator: inout SeededGenerator) -> Int {
            let unit = Double.random(in: 1e-9..<1, using: &generator)
            switch self {
            case .constant: return 137
            case .uniform: return Int(unit * 4000)
            case .logNormal:
                let turn = Double.random(in: 0..<(2 * .pi), using: &generator)
                return Int(exp(5.5 + 0.9 * sqrt(-2 * log(unit)) * cos(turn)))
            case .heavyTail: return Int(min(50 * pow(unit, -1 / 1.5), 1e6))
            case .twoHumps:
                return Int.random(in: 0..<10, using: &generator) == 0
                    ? 3000 + Int(unit * 1000) : 20 + Int(unit * 30)
            }
        }
    }

    /// Of 20,000 answers, each predicted before it is seen, as many as promised keep the quantile, and the quantile is
    /// no larger than the scale's step makes it.
    @Test(arguments: Lengths.allCases, [0.5, 0.9, 0.99])
    private func theQuantileIsCalibrated(lengths: Lengths, share: Double) {
        var generator = SeededGenerator(seed: 7)
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings(memory: 2000))
        var (covered, counted) = (0, 0)
        for number in 0..<20_000 {
            let length = lengths.draw(&generator)
            let bound = learned.quantile(share, model: model, key: key, promptClass: prompts, limit: 10_000_000)
            if number >= 500 {
                counted += 1
                if length <= bound { covered += 1 }
            }
            learned.observe(length, isCut: false, model: model, key: key, promptClass: prompts)
        }
        let coverage = Double(covered) / Double(counted)
        // Above it a cell of the scale, 9 % in length, may come on top.
        #expect(coverage >= share - 4 * sqrt(share * (1 - share) / 2000) / 2)
        if lengths != .constant { #expect(coverage <= share + 0.1) }
    }

    /// Of the smallest group that knows enough: this key's, then this kind of prompts', then the model's.
    @Test func meansAreThoseOfTheSmallestGroup() {
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings(samplesMin: 10, memory: 100_000))
        let (other, poems) = (KeyID(rawValue: "other"), PromptClass(capability: .creativeWriting, inputTokens: 300))
        for _ in 0..<10 {
            learned.observe(100, isCut: false, model: model, key: key, promptClass: prompts)
            learned.observe(400, isCut: false, model: model, key: other, promptClass: prompts)
        }
        for _ in 0..<9 { learned.observe(1000, isCut: true, model: model, key: nil, promptClass: poems) }
        func means(_ key: KeyID?, _ kind: PromptClass) -> OutputLengthModel.Mean? {
            learned.means(of: [ModelID("none"), model], key: key, promptClass: kind, ratio: nil).models[1]
        }
        let usual = (1000.0 + 4000 + 9000) / 29
        for (key, kind, expected) in [
            (key, prompts, 100), (other, prompts, 400), (nil, prompts, 250), (key, poems, usual),
        ] {
            #expect(abs((means(key, kind)?.level ?? 0) - expected) < 0.01)
            #expect(abs((means(key, kind)?.usual ?? 0) - usual) < 0.01)
        }
        // A model that has said too little is taken to be like all of them.
        let none = learned.means(of: [ModelID("none")], key: key, promptClass: prompts, ratio: nil).models[0]
        #expect(abs((none?.level ?? 0) - usual) < 0.01)
        let empty = OutputLengthModel(settings: OutputLengthModel.Settings(samplesMin: 30))
        #expect(empty.means(of: [model], key: key, promptClass: prompts, ratio: nil).models == [nil])
    }

    /// Twenty answers that were to be twice as long as usual had 600 tokens, and sixty that were to be half as long 150.
    ///
    /// 21,000 tokens for 70 usual answers, so 300 each. Were ratios not counted, a long answer would be expected to have 525,
    /// and all of them a quarter too little.
    @Test func levelsAreThoseOfAnswersOfUsualLength() {
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings(samplesMin: 10, memory: 100))
        func means(_ ratio: Double?) -> OutputLengthModel.Means {
            learned.means(of: [model], key: key, promptClass: prompts, ratio: ratio)
        }
        func observe(_ tokens: Int, ratio: Double?) {
            learned.observe(tokens, isCut: false, ratio: ratio, model: model, key: key, promptClass: prompts)
        }
        for _ in 0..<20 {
            observe(600, ratio: 2)
            for _ in 0..<3 { observe(150, ratio: 0.5) }
        }
        #expect(abs((means(2).models[0]?.level ?? 0) - 300) < 0.01)
        #expect(abs((means(2).models[0]?.usual ?? 0) - 262.5) < 0.01)
        #expect(abs(means(2).ratio - 2) < 1e-6 && means(nil).ratio == 1)
        // Where no router is asked, the level is the mean.
        for _ in 0..<800 { observe(70, ratio: nil) }
        #expect(abs((means(nil).models[0]?.level ?? 0) - 70) < 1 && abs((means(nil).models[0]?.usual ?? 0) - 70) < 1)
    }

    /// Ratios that answers don't follow come to count for nothing, though one model gets what is foreseen to be long and another
    /// the rest; half followed, half of their logarithm counts.
    @Test(arguments: [0.0, 0.5, 1])
    func ratiosCountAsFarAsAnswersFollowThem(slope: Double) {
        var generator = SeededGenerator(seed: 11)
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings(samplesMin: 10, memory: 1000))
        let other = ModelID("other")
        for number in 0..<4000 {
            let isLong = number % 2 == 0
            let ratio = exp((isLong ? 0.5 : -0.5) + Double.random(in: -0.6...0.6, using: &generator))
            let noise = exp(Double.random(in: -1...1, using: &generator))
            learned.observe(
                Int(300 * pow(ratio, slope) * noise),
                isCut: false,
                ratio: ratio,
                model: isLong ? model : other,
                key: nil,
                promptClass: prompts
            )
        }
        let means = learned.means(of: [model, other], key: nil, promptClass: prompts, ratio: 2)
        #expect(abs(means.ratio - pow(2, slope)) < 0.12, "\(means)")
        // The mean of the noise is sinh 1.
        for mean in means.models { #expect(abs((mean?.level ?? 0) / (300 * sinh(1)) - 1) < 0.1, "\(means)") }
    }

    @Test func theQuantileFollowsADrift() {
        var generator = SeededGenerator(seed: 3)
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings(memory: 500))
        var covered = 0
        for number in 0..<40_000 {
            // Ten times longer over the run, little by little.
            let scale = pow(10, Double(number) / 40_000)
            let length = Int(Double(Lengths.logNormal.draw(&generator)) * scale)
            if length <= learned.quantile(0.99, model: model, key: key, promptClass: prompts, limit: .max) {
                covered += 1
            }
            learned.observe(length, isCut: false, model: model, key: key, promptClass: prompts)
        }
        #expect(Double(covered) / 40_000 > 0.985)
        #expect(Double(covered) / 40_000 < 0.998)
    }

    /// Half of the answers are cut off by a client's limit of 200; the estimate is that of the whole answers.
    @Test func answersThatWereCutCountAsAtLeastSoLong() {
        var generator = SeededGenerator(seed: 5)
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings())
        for number in 0..<10_000 {
            let length = Lengths.uniform.draw(&generator)
            let limit = number % 2 == 0 ? 200 : 100_000
            learned.observe(min(length, limit), isCut: length > limit, model: model, key: key, promptClass: prompts)
        }
        let bound = learned.quantile(0.9, model: model, key: key, promptClass: prompts, limit: 100_000)
        #expect((3400...4000).contains(bound))
    }

    @Test func whereAllAreCutTheLimitCounts() {
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings())
        for _ in 0..<1000 { learned.observe(100, isCut: true, model: model, key: key, promptClass: prompts) }
        #expect(learned.quantile(0.9, model: model, key: key, promptClass: prompts, limit: 777) == 777)
    }

    @Test func aGroupWithFewAnswersFallsBack() {
        let learned = OutputLengthModel(settings: OutputLengthModel.Settings(priorTokens: 1000, samplesMin: 128))
        let other = PromptClass(capability: .codeGeneration, inputTokens: 300)
        func bound(_ model: ModelID, _ key: KeyID?, _ promptClass: PromptClass) -> Int {
            learned.quantile(0.9, model: model, key: key, promptClass: promptClass, limit: 5000)
        }
        #expect(bound(model, key, prompts) == 1000)
        for _ in 0..<128 { learned.observe(64, isCut: false, model: model, key: key, promptClass: prompts) }
        #expect(bound(model, key, prompts) == 64)
        #expect(bound(model, nil, prompts) == 64)
        #expect(bound(model, nil, other) == 64)
        #expect(bound(ModelID("new"), nil, other) == 64)
        for _ in 0..<128 { learned.observe(512, isCut: false, model: model, key: nil, promptClass: other) }
        #expect(bound(model, key, other) == 512)
        #expect(bound(model, key, prompts) == 64)
        // 128 answers do not tell one in a thousand, nor do all 256.
        #expect(learned.quantile(0.999, model: model, key: key, promptClass: prompts, limit: 5000) == 1000)
    }

    @Test func memoryIsBounded() {
        var map = RecentMap<Int, Int>(capacity: 3)
        for number in 0..<3 { map.update(number, default: 0) { $0 += 1 } }
        map.update(3, default: 0) { $0 += 1 }
        #expect(map.withValue(for: 0) { $0 } == nil)
        map.update(1, default: 0) { $0 += 1 }
        map.update(4, default: 0) { $0 += 1 }
        #expect(map.count == 3)
        #expect(map.withValue(for: 1) { $0 } == 2)
        #expect(map.withValue(for: 2) { $0 } == nil)
    }

    @Test func absurdLengthsAreHeldToTheScale() {
        var histogram = LengthHistogram()
        for length in [Int.min, 0, 1, 1 << 23, .max] { histogram.count(length, isCut: false, memory: 1000) }
        #expect(histogram.quantile(0.4) == 1)
        #expect(histogram.quantile(0.8) == .max)
    }

    @Test func theInputBoundIsLearnedAndNeverAboveAByteAToken() {
        var generator = SeededGenerator(seed: 1)
        let bound = InputBound(settings: InputBound.Settings(share: 0.99))
        #expect(bound.tokens(bytes: 1000, model: model) == 564)
        var covered = 0
        for number in 0..<20_000 {
            let bytes = Int.random(in: 10..<50_000, using: &generator)
            let tokens = Int(Double(bytes) * Double.random(in: 0.2...0.3, using: &generator)) + 8
            if number >= 2000, tokens <= bound.tokens(bytes: bytes, model: model) { covered += 1 }
            #expect(bound.tokens(bytes: bytes, model: model) <= bound.tokensMax(bytes: bytes))
            bound.observe(tokens: tokens, bytes: bytes, model: model)
        }
        #expect(Double(covered) / 18_000 >= 0.985)
        #expect(bound.tokens(bytes: 10_000, model: model) < 3300)
        for _ in 0..<20_000 { bound.observe(tokens: 5000, bytes: 10, model: model) }
        #expect(bound.tokens(bytes: 1000, model: model) == 1064)
        #expect(bound.tokens(bytes: .max, model: model) > 0)
        #expect(bound.tokens(bytes: -1, model: model) == 64)
    }
}
