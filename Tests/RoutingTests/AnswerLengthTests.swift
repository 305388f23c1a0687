import Accounting
import Domain
import Testing

@testable import Routing

/// How long answers should be, and what that does to a decision.
@Suite struct AnswerLengthTests {
    @Test func lengthsAreLimitedAndMultiplied() {
        let length = AnswerLength(tokens: 512, limit: 1000, usual: 256, generations: 3)
        #expect(length.tokens == 1536 && length.ofUsual == 2)
        #expect(AnswerLength(tokens: 512, limit: 100, usual: 256, generations: 1).tokens == 100)
        // Nobody waits a hundredth of the time for a hundredth of the answer.
        #expect(AnswerLength(tokens: 1, limit: .max, usual: 4096, generations: 1).ofUsual == 0.25)
        #expect(AnswerLength(tokens: 1e9, limit: .max, usual: 1, generations: 1).ofUsual == 4)
        #expect(AnswerLength(tokens: 300, limit: .max, usual: nil, generations: 1).ofUsual == 1)
    }

    /// Numbers that are none, and products that don't fit, are no trap.
    @Test(arguments: [Double.nan, -5, 0, .infinity, 1e300])
    func oddLengthsAreHarmless(tokens: Double) {
        let length = AnswerLength(tokens: tokens, limit: .max, usual: tokens, generations: .max)
        #expect(length.tokens >= 1 && length.ofUsual >= 0.25 && length.ofUsual <= 4)
    }

    /// Within a fifth of an octave, requests find each other's decisions.
    @Test func lengthsAreRounded() {
        let lengths = Set((200...400).map { AnswerLength(tokens: Double($0), limit: .max, usual: nil, generations: 1) })
        #expect(lengths.count >= 5 && lengths.count <= 7)
        for tokens in 2...2000 {
            let rounded = AnswerLength(tokens: Double(tokens), limit: .max, usual: nil, generations: 1).tokens
            #expect(abs(Double(rounded) / Double(tokens) - 1) < 0.08 || abs(rounded - tokens) <= 1)
        }
    }

    /// A model that says much is dear and slow for this prompt; where nothing is known the request's own figure counts.
    @Test func costCarbonAndTimeGoByTheLengthOfEachModel() {
        var request = DefaultFleet.request(.general, .costOptimized)
        let before = DefaultFleet.router.decide(request, fleet: DefaultFleet.fresh, draw: 0)
        #expect(before.choice == DefaultFleet.llama)
        request.lengths = Array(repeating: nil, count: 5)
        request.lengths?[DefaultFleet.llama] = AnswerLength(tokens: 4096, limit: .max, usual: 2048, generations: 1)
        request.lengths?[DefaultFleet.gpt35] = AnswerLength(tokens: 512, limit: .max, usual: 1024, generations: 1)
        let after = DefaultFleet.router.decide(request, fleet: DefaultFleet.fresh, draw: 0)
        #expect(after.choice == DefaultFleet.gpt35)
        let (old, new) = (before.candidates, after.candidates)
        #expect(new[DefaultFleet.llama].outputTokens == 4096 && new[DefaultFleet.gpt4].outputTokens == 1000)
        #expect(new[DefaultFleet.llama].expectedLatency == old[DefaultFleet.llama].expectedLatency * 2)
        #expect(new[DefaultFleet.gpt35].expectedLatency == old[DefaultFleet.gpt35].expectedLatency / 2)
        #expect(
            new[DefaultFleet.llama].carbon.central.micrograms > old[DefaultFleet.llama].carbon.central.micrograms * 4
        )
        #expect(new[DefaultFleet.gpt4] == old[DefaultFleet.gpt4])
    }
}
