public import Domain
internal import Synchronization

/// How many tokens a prompt has at most, by its bytes: an upper quantile of tokens per byte, learned for each model.
///
/// Never more than one token a byte, which no byte-level vocabulary exceeds, and what the message format adds. Safe to
/// use from any thread.
public final class InputBound: Sendable {
    /// How it learns.
    public struct Settings: Hashable, Sendable {
        /// The share of prompts that stay below the bound, 0 to 1.
        public var share: Double
        /// Used while too little is known, in tokens per byte.
        public var priorTokensPerByte: Double
        /// Tokens that the model's template adds to each prompt.
        public var overheadTokens: Int
        /// A model speaks for itself from so many prompts on.
        public var samplesMin: Int

        /// Settings; each is held to a range that makes sense.
        public init(
            share: Double = 0.999,
            priorTokensPerByte: Double = 0.5,
            overheadTokens: Int = 64,
            samplesMin: Int = 1000
        ) {
            self.share = share.isFinite ? min(max(share, 0), 1) : 1
            self.priorTokensPerByte = priorTokensPerByte.isFinite ? min(max(priorTokensPerByte, 0), 1) : 1
            self.overheadTokens = min(max(overheadTokens, 0), 1_000_000)
            self.samplesMin = max(samplesMin, 1)
        }
    }

    /// Ratios are counted in so many parts of a token per byte.
    private static let parts = 4096.0
    /// Prompts that count, of each model.
    private static let memory = 8192
    private static let modelsMax = 1024
    private static let bytesMax = 1 << 40

    private let settings: Settings
    private let models: Mutex<RecentMap<ModelID, LengthHistogram>>

    /// A bound that knows nothing.
    public init(settings: Settings) {
        self.settings = settings
        models = Mutex(RecentMap(capacity: Self.modelsMax))
    }

    /// Tokens that no model's bound for a prompt of `bytes` exceeds.
    public func tokensMax(bytes: Int) -> Int { min(max(bytes, 0), Self.bytesMax) + settings.overheadTokens }

    /// Tokens that a prompt of `bytes` hardly exceeds at `model`.
    public func tokens(bytes: Int, model: ModelID) -> Int {
        let bytes = min(max(bytes, 0), Self.bytesMax)
        let learned = models.withLock { models in
            models.withValue(for: model) { histogram in
                Int(histogram.total) >= settings.samplesMin ? histogram.quantile(settings.share) : nil
            }
        }
        let ratio = learned.map { Double($0) / Self.parts } ?? settings.priorTokensPerByte
        return min(Int((Double(bytes) * ratio).rounded(.up)), bytes) + settings.overheadTokens
    }

    /// Learns from a prompt of `bytes` that the model counted as `tokens`.
    public func observe(tokens: Int, bytes: Int, model: ModelID) {
        guard tokens > 0, bytes > 0 else { return }
        let ratio = Double(max(tokens - settings.overheadTokens, 1)) / Double(bytes) * Self.parts
        let counted = Int(min(ratio.rounded(.up), Self.parts))
        models.withLock { models in
            models.update(model, default: LengthHistogram()) { histogram in
                histogram.count(counted, isCut: false, memory: Self.memory)
            }
        }
    }
}
