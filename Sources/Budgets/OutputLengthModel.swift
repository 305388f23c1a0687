public import Domain
internal import Synchronization

/// What kind of prompt it is, as far as that says something about the length of its answer.
public struct PromptClass: Hashable, Sendable {
    private let capability: Capability?
    /// Prompts of up to 16, 256, 4096… tokens.
    private let magnitude: Int

    /// The class of prompts of `inputTokens` that ask for `capability`.
    public init(capability: Capability?, inputTokens: Int) {
        self.capability = capability
        magnitude = (Int.bitWidth - max(inputTokens, 0).leadingZeroBitCount) / 4
    }
}

/// How many tokens answers have: a calibrated upper quantile, learned for each model, key and class of prompts.
///
/// A group of requests with too few answers falls back on the next larger one: model, key and class; model and class;
/// model; everything; then a prior. Answers that a limit ended count as at least so long. Safe to use from any thread.
public final class OutputLengthModel: Sendable {
    /// How it learns.
    public struct Settings: Hashable, Sendable {
        /// Used while nothing is known.
        public var priorTokens: Int
        /// A group speaks for itself from so many answers on.
        public var samplesMin: Int
        /// About so many of the latest answers count.
        public var memory: Int
        /// At most so many groups, of about 1.5 KiB each; beyond, those not used lately are forgotten.
        public var groupsMax: Int

        /// Settings; each is held to a range that makes sense.
        public init(priorTokens: Int = 2048, samplesMin: Int = 128, memory: Int = 1000, groupsMax: Int = 4096) {
            self.priorTokens = max(priorTokens, 1)
            self.samplesMin = max(samplesMin, 1)
            self.memory = min(max(memory, 16), 1_000_000)
            self.groupsMax = max(groupsMax, 4)
        }
    }

    private struct Group: Hashable {
        var model: ModelID?
        var key: KeyID?
        var promptClass: PromptClass?
    }

    private let settings: Settings
    private let groups: Mutex<RecentMap<Group, LengthHistogram>>

    /// A model that knows nothing.
    public init(settings: Settings) {
        self.settings = settings
        groups = Mutex(RecentMap(capacity: settings.groupsMax))
    }

    /// A length that the next answer does not exceed with a probability of `share`, `limit` at most.
    ///
    /// - Parameters:
    ///   - share: 0 to 1, such as 0.99.
    ///   - model: The model that is asked.
    ///   - key: The key that pays.
    ///   - promptClass: The kind of prompt.
    ///   - limit: What `max_tokens` and the model allow; where too many answers were cut off to tell, this counts.
    /// - Returns: Generated tokens.
    public func quantile(
        _ share: Double,
        model: ModelID,
        key: KeyID?,
        promptClass: PromptClass,
        limit: Int
    ) -> Int {
        groups.withLock { groups in
            for group in Self.groups(model, key, promptClass) {
                let found = groups.withValue(for: group) { histogram in
                    Int(histogram.total) >= settings.samplesMin ? histogram.quantile(share) : nil
                }
                if let length = found ?? nil { return min(length, limit) }
            }
            return min(settings.priorTokens, limit)
        }
    }

    /// Learns from an answer of `tokens`; `isCut` if a limit ended it.
    public func observe(_ tokens: Int, isCut: Bool, model: ModelID, key: KeyID?, promptClass: PromptClass) {
        groups.withLock { groups in
            for group in Self.groups(model, key, promptClass) {
                groups.update(group, default: LengthHistogram()) { histogram in
                    histogram.count(tokens, isCut: isCut, memory: settings.memory)
                }
            }
        }
    }

    /// From the most to the least particular.
    private static func groups(_ model: ModelID, _ key: KeyID?, _ promptClass: PromptClass) -> [Group] {
        [
            Group(model: model, key: key, promptClass: promptClass), Group(model: model, promptClass: promptClass),
            Group(model: model), Group(),
        ]
    }
}
