/// The tokens that one request used, by kind.
///
/// OpenAI's convention: the details lie inside the totals, so `cachedInput` is part of `input` and `reasoning` is part
/// of `output`. Providers that count them apart (Anthropic) are converted on the way in.
public struct TokenUsage: Hashable, Sendable, Codable {
    /// All prompt tokens, cached ones included.
    public var input: Int
    /// Prompt tokens read from the provider's cache.
    public var cachedInput: Int
    /// Prompt tokens written to the provider's cache.
    public var cacheWrite: Int
    /// All generated tokens, reasoning included.
    public var output: Int
    /// Generated tokens that the client never sees.
    public var reasoning: Int
    /// Whether the gateway counted or guessed, because the provider did not say.
    public var isEstimated: Bool

    /// A usage of `input` and `output` tokens with its details.
    public init(
        input: Int,
        cachedInput: Int = 0,
        cacheWrite: Int = 0,
        output: Int,
        reasoning: Int = 0,
        isEstimated: Bool = false
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.output = output
        self.reasoning = reasoning
        self.isEstimated = isEstimated
    }

    /// No tokens.
    public static let zero = TokenUsage(input: 0, output: 0)

    /// Prompt and generated tokens together, held at the range's end.
    public var total: Int { Self.sum(input, output) }

    /// The sum, kind by kind, held at the range's end rather than trapping.
    public static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
        TokenUsage(
            input: sum(left.input, right.input),
            cachedInput: sum(left.cachedInput, right.cachedInput),
            cacheWrite: sum(left.cacheWrite, right.cacheWrite),
            output: sum(left.output, right.output),
            reasoning: sum(left.reasoning, right.reasoning),
            isEstimated: left.isEstimated || right.isEstimated
        )
    }

    /// Counts come from backends, which may be broken.
    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? (left > 0 ? .max : .min) : sum
    }
}
