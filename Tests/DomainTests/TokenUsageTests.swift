import Domain
import Testing

@Suite struct TokenUsageTests {
    private let first = TokenUsage(
        input: 10,
        cachedInput: 4,
        cacheWrite: 3,
        audioInput: 1,
        output: 7,
        reasoning: 2,
        audioOutput: 5
    )
    private let second = TokenUsage(
        input: 100,
        cachedInput: 40,
        cacheWrite: 30,
        audioInput: 10,
        output: 70,
        reasoning: 20,
        audioOutput: 50
    )

    @Test func addsKindByKind() {
        let sum = TokenUsage(
            input: 110,
            cachedInput: 44,
            cacheWrite: 33,
            audioInput: 11,
            output: 77,
            reasoning: 22,
            audioOutput: 55
        )
        #expect(first + second == sum)
        #expect(first + .zero == first)
    }

    /// Details lie inside the totals, so that nothing is counted twice.
    @Test func theTotalIsPromptAndAnswerAlone() {
        #expect(first.total == 17)
    }

    @Test func aSumWithAGuessInItIsAGuess() {
        var guess = second
        guess.source = .bytes
        #expect((first + guess).isEstimated)
        #expect((guess + first).isEstimated)
        #expect(!(first + second).isEstimated)
        guess.source = .calibratedBytes
        #expect((guess + TokenUsage(input: 1, output: 1, source: .elapsed)).source == .elapsed, "the less certain")
    }

    /// Counts come from backends: a broken one must not end the process.
    @Test func sumsStopAtTheEndOfTheRange() {
        let all = TokenUsage(
            input: .max,
            cachedInput: .max,
            cacheWrite: .max,
            audioInput: .max,
            output: .max,
            reasoning: .max,
            audioOutput: .max
        )
        #expect(all + first == all)
        #expect(all.total == .max)
    }
}
