/// What a model charges per token, in integer picodollars (1e-12 USD): one USD per million tokens is 1,000,000.
///
/// Picodollars, because published prices reach below a nanodollar per token (0.0375 USD per million cached tokens).
public struct TokenPrices: Hashable, Sendable {
    /// Per prompt token that is neither cached nor sound.
    public var input: Int64
    /// Per prompt token read from the provider's cache.
    public var cachedInput: Int64
    /// Per prompt token written to the provider's cache.
    public var cacheWrite: Int64
    /// Per generated token that is not sound, reasoning included.
    public var output: Int64
    /// Per prompt token of sound.
    public var audioInput: Int64
    /// Per generated token of sound.
    public var audioOutput: Int64

    /// Prices in picodollars per token; sound costs what text does where it has no price of its own.
    public init(
        input: Int64,
        cachedInput: Int64,
        cacheWrite: Int64,
        output: Int64,
        audioInput: Int64? = nil,
        audioOutput: Int64? = nil
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.output = output
        self.audioInput = audioInput ?? input
        self.audioOutput = audioOutput ?? output
    }

    /// A model that costs nothing, such as one on the operator's own machines.
    public static let free = TokenPrices(input: 0, cachedInput: 0, cacheWrite: 0, output: 0)

    /// What `usage` costs, rounded half up to the nanodollar, once, after summing.
    ///
    /// Kinds that a provider reports beyond their total (cached over input, say) are held to the total, so that a
    /// contradictory report can never make a negative charge. No provider says which cached tokens were sound, so the
    /// kinds are taken to be apart as far as they fit: cached first, then written, then sound.
    public func cost(of usage: TokenUsage) -> Money {
        let all = max(usage.input, 0)
        let cached = min(max(usage.cachedInput, 0), all)
        let written = min(max(usage.cacheWrite, 0), all - cached)
        let heard = min(max(usage.audioInput, 0), all - cached - written)
        let generated = max(usage.output, 0)
        let spoken = min(max(usage.audioOutput, 0), generated)
        var sum = PicodollarSum()
        sum.add(input, all - cached - written - heard)
        sum.add(cachedInput, cached)
        sum.add(cacheWrite, written)
        sum.add(audioInput, heard)
        sum.add(output, generated - spoken)
        sum.add(audioOutput, spoken)
        return sum.money
    }
}

/// A sum of prices times counts that notices when it leaves the range.
private struct PicodollarSum {
    private var picodollars: Int64 = 0
    private var isTooLarge = false

    mutating func add(_ price: Int64, _ count: Int) {
        let (product, productOverflows) = price.multipliedReportingOverflow(by: Int64(count))
        let (sum, sumOverflows) = picodollars.addingReportingOverflow(product)
        picodollars = sum
        isTooLarge = isTooLarge || productOverflows || sumOverflows
    }

    var money: Money {
        isTooLarge ? .max : Money(nanodollars: picodollars / 1000 + (picodollars % 1000 >= 500 ? 1 : 0))
    }
}
