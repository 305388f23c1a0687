import Accounting
import Domain
import Testing

@Suite struct ExpectedCostTests {
    /// The estimate and the bill agree on equal tokens, rounding included.
    @Test(arguments: 0..<200)
    func equalsTheBillOfTheSameTokens(seed: Int) {
        let prices = TokenPrices(
            input: Int64(seed * 37_501),
            cachedInput: 1,
            cacheWrite: 1,
            output: Int64(seed * seed * 1_213 + 7)
        )
        let usage = TokenUsage(input: seed * 13 % 101, output: seed * 7 % 59)
        #expect(
            prices.expectedCost(inputTokens: usage.input, outputTokens: usage.output) == prices.cost(of: usage)
        )
    }

    @Test func isTheTableOfThePublishedRouter() {
        let perThousand = TokenPrices(input: 30_000_000, cachedInput: 0, cacheWrite: 0, output: 30_000_000)
        #expect(perThousand.expectedCost(inputTokens: 0, outputTokens: 1000) == Money(dollars: 0.03))
    }

    /// 499 picodollars are nothing, 500 are a nanodollar.
    @Test(arguments: [(499, 0), (500, 1), (1499, 1), (1500, 2)] as [(Int64, Int64)])
    func roundsHalfUp(picodollars: Int64, nanodollars: Int64) {
        let prices = TokenPrices(input: 0, cachedInput: 0, cacheWrite: 0, output: picodollars)
        #expect(prices.expectedCost(inputTokens: 0, outputTokens: 1) == Money(nanodollars: nanodollars))
    }

    @Test func neverTraps() {
        let dear = TokenPrices(input: .max, cachedInput: 0, cacheWrite: 0, output: .max)
        #expect(dear.expectedCost(inputTokens: 1, outputTokens: 1) == .max)
        #expect(dear.expectedCost(inputTokens: .max, outputTokens: 0) == .max)
        #expect(dear.expectedCost(inputTokens: .min, outputTokens: -1) == .zero)
    }
}
