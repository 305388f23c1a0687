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
    /// Prompt tokens of sound.
    public var audioInput: Int
    /// All generated tokens, reasoning included.
    public var output: Int
    /// Generated tokens that the client never sees.
    public var reasoning: Int
    /// Generated tokens of sound.
    public var audioOutput: Int
    /// Who counted.
    public var source: UsageSource

    /// A usage of `input` and `output` tokens with its details.
    public init(
        input: Int,
        cachedInput: Int = 0,
        cacheWrite: Int = 0,
        audioInput: Int = 0,
        output: Int,
        reasoning: Int = 0,
        audioOutput: Int = 0,
        source: UsageSource = .provider
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.audioInput = audioInput
        self.output = output
        self.reasoning = reasoning
        self.audioOutput = audioOutput
        self.source = source
    }

    /// No tokens.
    public static let zero = TokenUsage(input: 0, output: 0)

    /// Prompt and generated tokens together, held at the range's end.
    public var total: Int { Self.sum(input, output) }

    /// Whether the gateway counted or guessed, because the provider did not say.
    public var isEstimated: Bool { source != .provider }

    /// The sum, kind by kind, held at the range's end rather than trapping; as certain as the less certain of both.
    public static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
        TokenUsage(
            input: sum(left.input, right.input),
            cachedInput: sum(left.cachedInput, right.cachedInput),
            cacheWrite: sum(left.cacheWrite, right.cacheWrite),
            audioInput: sum(left.audioInput, right.audioInput),
            output: sum(left.output, right.output),
            reasoning: sum(left.reasoning, right.reasoning),
            audioOutput: sum(left.audioOutput, right.audioOutput),
            source: max(left.source, right.source)
        )
    }

    /// Counts come from backends, which may be broken.
    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? (left > 0 ? .max : .min) : sum
    }
}
