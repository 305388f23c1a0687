import Domain
import Testing

@Suite struct TokenUsageTests {
    private let first = TokenUsage(input: 10, cachedInput: 4, cacheWrite: 3, output: 7, reasoning: 2)
    private let second = TokenUsage(input: 100, cachedInput: 40, cacheWrite: 30, output: 70, reasoning: 20)

    @Test func addsKindByKind() {
        #expect(
            first + second == TokenUsage(input: 110, cachedInput: 44, cacheWrite: 33, output: 77, reasoning: 22)
        )
        #expect(first + .zero == first)
    }

    /// Details lie inside the totals, so that nothing is counted twice.
    @Test func theTotalIsPromptAndAnswerAlone() {
        #expect(first.total == 17)
    }

    @Test func aSumWithAGuessInItIsAGuess() {
        var guess = second
        guess.isEstimated = true
        #expect((first + guess).isEstimated)
        #expect((guess + first).isEstimated)
        #expect(!(first + second).isEstimated)
    }

    /// Counts come from backends: a broken one must not end the process.
    @Test func sumsStopAtTheEndOfTheRange() {
        let all = TokenUsage(input: .max, cachedInput: .max, cacheWrite: .max, output: .max, reasoning: .max)
        #expect(all + first == all)
        #expect(all.total == .max)
    }
}
