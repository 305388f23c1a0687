/// What a model charges per token, in integer picodollars (1e-12 USD): one USD per million tokens is 1,000,000.
///
/// Picodollars, because published prices reach below a nanodollar per token (0.0375 USD per million cached tokens).
public struct TokenPrices: Hashable, Sendable {
    /// Per prompt token that is not cached.
    public var input: Int64
    /// Per prompt token read from the provider's cache.
    public var cachedInput: Int64
    /// Per prompt token written to the provider's cache.
    public var cacheWrite: Int64
    /// Per generated token, reasoning included.
    public var output: Int64

    /// Prices in picodollars per token.
    public init(input: Int64, cachedInput: Int64, cacheWrite: Int64, output: Int64) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.output = output
    }

    /// A model that costs nothing, such as one on the operator's own machines.
    public static let free = TokenPrices(input: 0, cachedInput: 0, cacheWrite: 0, output: 0)

    /// What `usage` costs, rounded half up to the nanodollar, once, after summing.
    ///
    /// Kinds that a provider reports beyond their total (cached over input, say) are held to the total, so that a
    /// contradictory report can never make a negative charge.
    public func cost(of usage: TokenUsage) -> Money {
        let all = max(usage.input, 0)
        let cached = min(max(usage.cachedInput, 0), all)
        let written = min(max(usage.cacheWrite, 0), all - cached)
        let parts: [(Int64, Int)] = [
            (input, all - cached - written), (cachedInput, cached), (cacheWrite, written),
            (output, max(usage.output, 0)),
        ]
        var picodollars: Int64 = 0
        for (price, count) in parts {
            let (product, tooLarge) = price.multipliedReportingOverflow(by: Int64(count))
            let (sum, tooMuch) = picodollars.addingReportingOverflow(product)
            if tooLarge || tooMuch { return .max }
            picodollars = sum
        }
        return Money(nanodollars: picodollars / 1000 + (picodollars % 1000 >= 500 ? 1 : 0))
    }
}
