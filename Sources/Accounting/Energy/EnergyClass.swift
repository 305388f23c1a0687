/// A model's energy in a word, from what one generated token takes at the machine in a batch of 64.
public enum EnergyClass: String, CaseIterable, Hashable, Sendable, Codable {
    /// Below 0.15 J: models of up to about 9 billion parameters on an H100.
    case low
    /// Below 0.35 J: up to about 30 billion.
    case medium
    /// Below 2 J: up to about 100 billion.
    case high
    /// More.
    case veryHigh = "very_high"

    /// The class of so many joules per generated token; what is not a number is in the highest.
    public init(joulesPerToken: Double) {
        self =
            switch joulesPerToken {
            case ..<0.15: .low
            case ..<0.35: .medium
            case ..<2: .high
            default: .veryHigh
            }
    }

    /// The class of a model: a chat answer of 300 tokens where the length counts.
    public init(_ model: EnergyModel) {
        let load = RequestLoad(inputTokens: 0, outputTokens: 300, concurrency: RequestLoad.typicalBatch)
        self.init(joulesPerToken: model.use(of: load).generation.central / 300)
    }
}
