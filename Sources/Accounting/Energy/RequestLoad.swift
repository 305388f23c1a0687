/// What a request asks of the machine, for an ``EnergyModel``: negative counts are none.
public struct RequestLoad: Hashable, Sendable {
    /// Tokens of the prompt, those from the provider's cache left out where they are known.
    public let inputTokens: Int
    /// Tokens of the answer, those of reasoning included.
    public let outputTokens: Int
    /// How many requests the machine worked on at once, on average; `nil` if that is not known, as with a hosted model.
    public let concurrency: Double?
    /// How long it took, if that is known.
    public let duration: Duration?

    /// A load of so many tokens.
    public init(inputTokens: Int, outputTokens: Int, concurrency: Double?, duration: Duration? = nil) {
        self.inputTokens = max(inputTokens, 0)
        self.outputTokens = max(outputTokens, 0)
        self.concurrency = concurrency.flatMap { $0.isFinite ? max($0, 1) : nil }
        self.duration = duration
    }

    /// The batch that is assumed where none is known, after EcoLogits.
    static let typicalBatch = 64.0
    /// Between an idle machine and a crowded one: the ends of the interval where the batch is not known.
    static let possibleBatches = (fewest: 8.0, most: 512.0)
}
