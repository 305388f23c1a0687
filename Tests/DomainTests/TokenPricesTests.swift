import Domain
import Testing

@Suite struct TokenPricesTests {
    private static let charges: [(TokenUsage, Int64)] = [
        (.zero, 0),
        (TokenUsage(input: 1, output: 0), 2500),
        (TokenUsage(input: 0, output: 1), 10_000),
        (TokenUsage(input: 1000, cachedInput: 600, output: 0), 1_750_000),
        (TokenUsage(input: 1000, cachedInput: 600, cacheWrite: 300, output: 0), 1_900_000),
        (TokenUsage(input: 0, output: 10, reasoning: 9), 100_000),
        (
            TokenUsage(input: 10, audioInput: 4, output: 5, audioOutput: 3),
            6 * 2500 + 4 * 40_000 + 2 * 10_000 + 3 * 80_000
        ),
        (
            TokenUsage(input: 10, cachedInput: 5, cacheWrite: 3, audioInput: 9, output: 0),
            5 * 1250 + 3 * 3000 + 2 * 40_000
        ),
    ]

    /// 2.50, 1.25, 3.00 and 10.00 USD per million tokens, 40 and 80 for sound.
    private let prices = TokenPrices(
        input: 2_500_000,
        cachedInput: 1_250_000,
        cacheWrite: 3_000_000,
        output: 10_000_000,
        audioInput: 40_000_000,
        audioOutput: 80_000_000
    )

    @Test(arguments: charges)
    func eachTokenIsChargedOnceByItsKind(usage: TokenUsage, nanodollars: Int64) {
        #expect(prices.cost(of: usage).nanodollars == nanodollars)
    }

    /// Rounding each kind by itself would be off by up to two nanodollars a request.
    @Test(arguments: [(1, 0, 0), (1, 1, 1), (2, 1, 1), (3, 2, 1), (3, 3, 2)])
    func roundsOnceAfterSumming(input: Int, output: Int, nanodollars: Int64) {
        let prices = TokenPrices(input: 250, cachedInput: 0, cacheWrite: 0, output: 250)
        #expect(prices.cost(of: TokenUsage(input: input, output: output)).nanodollars == nanodollars)
    }

    /// The arithmetic again in 128 bits, where nothing overflows.
    @Test(arguments: 0..<50)
    func equalsTheSumInWideArithmetic(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let price = { (generator: inout SeededGenerator) in Int64.random(in: 0...1 << 40, using: &generator) }
            let prices = TokenPrices(
                input: price(&generator),
                cachedInput: price(&generator),
                cacheWrite: price(&generator),
                output: price(&generator),
                audioInput: price(&generator),
                audioOutput: price(&generator)
            )
            let input = Int.random(in: 0...1 << 30, using: &generator)
            let cached = Int.random(in: 0...input, using: &generator)
            let written = Int.random(in: 0...input - cached, using: &generator)
            let heard = Int.random(in: 0...input - cached - written, using: &generator)
            let output = Int.random(in: 0...1 << 30, using: &generator)
            let spoken = Int.random(in: 0...output, using: &generator)
            let usage = TokenUsage(
                input: input,
                cachedInput: cached,
                cacheWrite: written,
                audioInput: heard,
                output: output,
                audioOutput: spoken
            )
            let parts = [
                (prices.input, input - cached - written - heard), (prices.cachedInput, cached),
                (prices.cacheWrite, written), (prices.audioInput, heard), (prices.output, output - spoken),
                (prices.audioOutput, spoken),
            ]
            let picodollars = parts.reduce(Int128(0)) { $0 + Int128($1.0) * Int128($1.1) }
            let expected = picodollars > Int128(Int64.max) ? .max : Int64((picodollars + 500) / 1000)
            #expect(prices.cost(of: usage).nanodollars == expected)
        }
    }

    /// Providers have reported more cached tokens than there were tokens at all.
    @Test(arguments: 0..<50)
    func noReportMakesANegativeCharge(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let usage = TokenUsage(
                input: Int(generator.edgy()),
                cachedInput: Int(generator.edgy()),
                cacheWrite: Int(generator.edgy()),
                audioInput: Int(generator.edgy()),
                output: Int(generator.edgy()),
                audioOutput: Int(generator.edgy())
            )
            #expect(prices.cost(of: usage) >= .zero)
            #expect(TokenPrices.free.cost(of: usage) == .zero)
        }
    }

    @Test func soundCostsWhatTextDoesWhereItHasNoPrice() {
        let prices = TokenPrices(input: 2000, cachedInput: 0, cacheWrite: 0, output: 3000)
        #expect(prices.cost(of: TokenUsage(input: 9, audioInput: 9, output: 9, audioOutput: 9)).nanodollars == 45)
    }

    @Test func moreCachedThanThereWereIsHeldToWhatThereWas() {
        let usage = TokenUsage(input: 10, cachedInput: 50, cacheWrite: 50, output: 0)
        #expect(prices.cost(of: usage).nanodollars == 10 * 1250)
    }

    @Test func aChargeBeyondTheRangeIsTheLargestAndNotATrap() {
        #expect(prices.cost(of: TokenUsage(input: .max, output: .max)) == .max)
    }
}
