import Accounting
import Domain
import Testing

/// What is charged where a provider told nothing, too little, or what cannot be.
@Suite struct MeteredAnswerTests {
    private let calibration = TokenCalibration()

    /// A stream of 400 bytes for a prompt of 80, unless told otherwise.
    private func answer(
        _ reported: TokenUsage? = nil,
        input: Int = 80,
        images: Int = 0,
        content: Int = 400,
        unreported: Int = 0,
        choices: Int = 1,
        outputTokensMax: Int? = nil,
        ceilings: MeteredAnswer.Ceilings? = nil,
        elapsed: Duration = .seconds(1),
        _ ending: MeteredAnswer.Ending = .whole
    ) -> MeteredAnswer {
        MeteredAnswer(
            reported: reported,
            inputBytes: input,
            imageTokens: images,
            contentBytes: content,
            unreportedBytes: unreported,
            choiceCount: choices,
            outputTokensMax: outputTokensMax,
            ceilings: ceilings,
            elapsed: elapsed,
            ending: ending
        )
    }

    @Test func whatTheProviderSaysCounts() {
        let said = TokenUsage(input: 7, cachedInput: 2, output: 3)
        #expect(answer(said).usage(by: calibration) == said)
        #expect(answer(TokenUsage(input: 7, output: 0), content: 0).usage(by: calibration).source == .provider)
    }

    @Test(arguments: [
        MeteredAnswer.Ending.whole, .failed, .calledOff(showsProgress: true), .calledOff(showsProgress: false),
    ])
    func withoutAReportWhatCameIsCounted(ending: MeteredAnswer.Ending) {
        let usage = answer(images: 765, ending).usage(by: calibration)
        #expect(usage == TokenUsage(input: 20 + 765, output: 100, source: .bytes))
    }

    /// The next process goes on where this one was, and does not begin with four bytes a token.
    @Test func whatWasLearnedGoesOnFromItsState() {
        let learned = TokenCalibration()
        for _ in 0..<20 { learned.learn(from: TokenUsage(input: 40, output: 50), of: answer()) }
        let next = TokenCalibration(learned.state)
        #expect(next.state == learned.state && next.state != TokenCalibration.State())
        let usage = answer().usage(by: next)
        #expect(usage == answer().usage(by: learned))
        #expect((usage.input, usage.output, usage.source) == (40, 50, .calibratedBytes))
        #expect(answer().usage(by: TokenCalibration()).output == 100, "without it")
    }

    @Test func aFailureBeforeAnyContentCostsNothing() {
        #expect(answer(content: 0, .failed).usage(by: calibration) == .zero)
    }

    /// maximhq/bifrost#3709: a cancelled stream billed as 1 token of some 6,000.
    @Test func aReportFromTheBeginningOfAStreamIsNotItsEnd() {
        let first = TokenUsage(input: 25, cachedInput: 10, output: 1)
        let usage = answer(first, content: 24_000, unreported: 24_000, .calledOff(showsProgress: true)).usage(
            by: calibration
        )
        #expect(usage == TokenUsage(input: 25, cachedInput: 10, output: 6001, source: .bytes))
    }

    /// With `continuous_usage_stats` nothing is left to be guessed, wherever the stream ends.
    @Test func aReportThatCameWithTheLastContentIsExact() {
        let last = TokenUsage(input: 25, output: 90)
        #expect(answer(last, .calledOff(showsProgress: true)).usage(by: calibration) == last)
    }

    @Test func zeroTokensOfRealContentAreNotBelieved() {
        let usage = answer(.zero).usage(by: calibration)
        #expect(usage == TokenUsage(input: 20, output: 100, source: .bytes))
        let half = answer(TokenUsage(input: 9, output: 0)).usage(by: calibration)
        #expect(half == TokenUsage(input: 9, output: 100, source: .bytes))
    }

    // MARK: Reports that cannot be true

    @Test(arguments: [
        (TokenUsage(input: 30, cachedInput: 3, output: 1_000_000_000_000, reasoning: 7), input: 30, output: 100),
        (TokenUsage(input: 1_000_000_000_000, cachedInput: 9, output: 40), input: 20, output: 40),
        (TokenUsage(input: 1_000_000_000_000, output: 1_000_000_000_000), input: 20, output: 100),
    ])
    func moreTokensThanThereCanBeAreNotBelieved(said: TokenUsage, input: Int, output: Int) {
        let ceilings = MeteredAnswer.Ceilings(inputBytes: 80, imageTokens: 0, outputTokensMax: 1000)
        let answer = answer(said, ceilings: ceilings)
        let usage = answer.usage(by: calibration)
        #expect((usage.input, usage.output, usage.source) == (input, output, .bytes))
        #expect(usage.cachedInput <= usage.input && usage.reasoning <= usage.output)
        #expect(answer.incredible != nil)
    }

    /// A backend may overlook a limit: what it wrote nevertheless is there to be seen.
    @Test func whatWasSeenIsBelievedBeyondAnyLimit() {
        let ceilings = MeteredAnswer.Ceilings(inputBytes: 80, imageTokens: 0, outputTokensMax: 10)
        let said = TokenUsage(input: 20, output: 390)
        #expect(answer(said, ceilings: ceilings).usage(by: calibration) == said)
        #expect(answer(said, ceilings: ceilings).incredible == nil)
        #expect(answer(said, content: 300, unreported: 0, ceilings: ceilings).usage(by: calibration).output == 75)
    }

    @Test func ceilingsNeverOverflow() {
        let ceilings = MeteredAnswer.Ceilings(inputBytes: .max, imageTokens: .max, outputTokensMax: .max)
        #expect((ceilings.input, ceilings.output) == (.max, .max))
    }

    @Test func aFailureIsNotChargedBeyondWhatWasAskedFor() {
        #expect(answer(outputTokensMax: 8, .failed).usage(by: calibration).output == 8)
    }

    @Test func ofSeveralAnswersAReportMayBeAboutOne() {
        let one = TokenUsage(input: 9, output: 30)
        #expect(answer(one, choices: 3, .failed).usage(by: calibration).output == 100)
        #expect(answer(one, choices: 3).usage(by: calibration) == one, "the last one is about all")
    }

    @Test func aCalledOffRequestTookItsPrompt() {
        for showsProgress in [true, false] {
            let usage = answer(content: 0, .calledOff(showsProgress: showsProgress)).usage(by: calibration)
            #expect((usage.input, usage.output) == (20, 0))
            #expect(usage.isEstimated)
        }
    }

    /// A whole answer shows nothing until it is there; its model's pace tells what was generated by then.
    @Test func anAnswerThatShowsNothingIsTimed() {
        // 100 tokens a second.
        calibration.learn(from: TokenUsage(input: 1, output: 1000), of: answer(elapsed: .seconds(10)))
        let usage = answer(content: 0, elapsed: .seconds(3), .calledOff(showsProgress: false)).usage(by: calibration)
        #expect(usage.source == .elapsed)
        #expect((299...301).contains(usage.output))
        let limited = answer(content: 0, outputTokensMax: 50, elapsed: .seconds(3), .calledOff(showsProgress: false))
        #expect(limited.usage(by: calibration).output == 50)
    }

    // MARK: Calibration

    @Test func bytesPerTokenAreLearnedFromAnswersThatWereCounted() {
        // 2 bytes a token in the answer, 8 in the prompt.
        let counted = TokenUsage(input: 500, output: 1000)
        calibration.learn(from: counted, of: answer(input: 4000, content: 2000))
        let usage = answer().usage(by: calibration)
        #expect(usage == TokenUsage(input: 10, output: 200, source: .calibratedBytes))
    }

    @Test(arguments: [
        TokenUsage(input: 1000, output: 1000, source: .bytes),
        TokenUsage(input: 1000, audioInput: 1, output: 1000, reasoning: 1),
        TokenUsage(input: 1000, audioInput: 1, output: 1000, audioOutput: 1),
        TokenUsage(input: 1, output: 1), TokenUsage(input: 100_000, output: 100_000),
        TokenUsage(input: 0, output: 0), TokenUsage(input: 200, output: 200),
    ])
    func whatSaysNothingOfTextTeachesNothing(usage: TokenUsage) {
        calibration.learn(from: usage, of: answer(input: 2000, content: 2000))
        #expect(answer().usage(by: calibration) == TokenUsage(input: 20, output: 100, source: .bytes))
    }

    @Test func imagesTeachNothingOfText() {
        calibration.learn(from: TokenUsage(input: 1000, output: 0), of: answer(input: 2000, images: 765))
        #expect(answer(content: 0).usage(by: calibration).input == 20)
    }
}

@Suite struct LearnedRatioTests {
    @Test func saysNothingUntilItRestsOnEnough() {
        let ratio = LearnedRatio()
        ratio.learn(1020, per: 255)
        #expect(ratio.value == nil)
        ratio.learn(4, per: 1)
        #expect(ratio.value == 4)
    }

    @Test(arguments: [(0, 1), (1, 0), (-1, 5), (5, -1), (.max, 1), (1, .max), (.min, .min)])
    func learnsNothingFromWhatIsNoCount(numerator: Int, denominator: Int) {
        let ratio = LearnedRatio()
        ratio.learn(300, per: 300)
        ratio.learn(numerator, per: denominator)
        #expect(ratio.value == 1)
    }

    /// However much is learned, the word holds it, and what is new counts for half before long.
    @Test func followsAChange() throws {
        let ratio = LearnedRatio()
        for _ in 0..<2000 { ratio.learn(1 << 26, per: 1 << 24) }
        #expect(try abs(#require(ratio.value) - 4) < 0.01)
        for _ in 0..<64 { ratio.learn(1 << 24, per: 1 << 24) }
        #expect(try abs(#require(ratio.value) - 1) < 0.1)
    }

    @Test func losesNothingBetweenThreads() async {
        let ratio = LearnedRatio()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 { group.addTask { for _ in 0..<1000 { ratio.learn(task % 2 == 0 ? 1 : 3, per: 1) } } }
        }
        #expect(ratio.value == 2)
    }
}
