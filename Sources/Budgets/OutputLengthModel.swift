public import Domain
internal import Synchronization

/// What kind of prompt it is, as far as that says something about the length of its answer.
public struct PromptClass: Hashable, Sendable {
    /// Prompts of up to 16, 256, 4096… tokens, and above them what they ask for: a number, as it is hashed for each request.
    private let code: Int

    /// The class of prompts of `inputTokens` that ask for `capability`.
    public init(capability: Capability?, inputTokens: Int) {
        let magnitude = (Int.bitWidth - max(inputTokens, 0).leadingZeroBitCount) / 4
        code = magnitude | (capability.map { $0.ordinal + 1 } ?? 0) << 8
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
        /// At most so many groups of each model, of about 1.5 KiB each; beyond, those not used lately are forgotten.
        public var groupsMax: Int

        /// Settings; each is held to a range that makes sense.
        public init(priorTokens: Int = 2048, samplesMin: Int = 128, memory: Int = 1000, groupsMax: Int = 1024) {
            self.priorTokens = max(priorTokens, 1)
            self.samplesMin = max(samplesMin, 1)
            self.memory = min(max(memory, 16), 1_000_000)
            self.groupsMax = max(groupsMax, 1)
        }
    }

    private struct Group: Hashable, Sendable {
        /// `nil` for all keys.
        var key: KeyID?
        var promptClass: PromptClass
    }

    private struct Lengths: Sendable {
        var all = LengthHistogram()
        var groups: RecentMap<Group, LengthHistogram>
        var centre = RatioTrust.Centre()
    }

    private struct State: Sendable {
        var all = LengthHistogram()
        var models = RecentMap<ModelID, Lengths>(capacity: 1024)
        var trust = RatioTrust()
    }

    private let settings: Settings
    private let state = Mutex(State())

    /// A model that knows nothing.
    public init(settings: Settings) { self.settings = settings }

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
        let known = state.withLock { state in
            let own = state.models.withValue(for: model) { lengths in
                key.flatMap { quantile(share, of: Group(key: $0, promptClass: promptClass), &lengths) }
                    ?? quantile(share, of: Group(promptClass: promptClass), &lengths)
                    ?? quantile(share, of: &lengths.all)
            }
            return own ?? quantile(share, of: &state.all)
        }
        return min(known ?? settings.priorTokens, limit)
    }

    private func quantile(_ share: Double, of group: Group, _ lengths: inout Lengths) -> Int? {
        lengths.groups.withValue(for: group) { quantile(share, of: &$0) }
    }

    private func quantile(_ share: Double, of lengths: inout LengthHistogram) -> Int? {
        Int(lengths.total) >= settings.samplesMin ? lengths.quantile(share) : nil
    }

    /// How long answers of models are, and how much longer than usual one of them should be.
    public struct Means: Hashable, Sendable {
        /// What a router foresees, as far as answers here have followed it: 1 where none was asked.
        public let ratio: Double
        /// Of the smallest group that has enough answers: of a model that has too few, those of all models, so that it isn't
        /// taken to be brief beside them; `nil` where these are too few as well.
        public let models: [Mean?]
    }

    /// How long answers of a model are.
    public struct Mean: Hashable, Sendable {
        /// Generated tokens of an answer of ratio 1, for a key and a kind of prompts.
        public let level: Double
        /// Generated tokens of all its answers in the mean.
        public let usual: Double
    }

    /// The mean lengths of answers of `models`.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - key: The key that pays.
    ///   - promptClass: The kind of prompt.
    ///   - ratio: How many times as long as usual a router foresees an answer to be, above 0; `nil` where none was asked.
    /// - Returns: Means of each model, in their order, and what they are to be multiplied with.
    public func means(of models: [ModelID], key: KeyID?, promptClass: PromptClass, ratio: Double?) -> Means {
        state.withLock { state in
            let all = mean(of: state.all, level: nil)
            let means = models.map { model in
                let own = state.models.withValue(for: model) { lengths in
                    let narrow =
                        key.flatMap { level(of: Group(key: $0, promptClass: promptClass), &lengths) }
                        ?? level(of: Group(promptClass: promptClass), &lengths)
                    return mean(of: lengths.all, level: narrow)
                }
                return own ?? all
            }
            return Means(ratio: ratio.map(state.trust.trusted) ?? 1, models: means)
        }
    }

    private func level(of group: Group, _ lengths: inout Lengths) -> Double? {
        lengths.groups.withValue(for: group) { Int($0.total) >= settings.samplesMin ? $0.level : nil }
    }

    private func mean(of lengths: LengthHistogram, level: Double?) -> Mean? {
        guard Int(lengths.total) >= settings.samplesMin, let usual = lengths.mean, let own = lengths.level else {
            return nil
        }
        return Mean(level: level ?? own, usual: usual)
    }

    /// Learns from an answer.
    ///
    /// - Parameters:
    ///   - tokens: Those that were generated.
    ///   - isCut: Whether a limit ended it.
    ///   - ratio: How many times as long as usual a router foresaw it to be, above 0; `nil` where none was asked.
    ///   - model: The model that answered.
    ///   - key: The key that pays.
    ///   - promptClass: The kind of prompt.
    public func observe(
        _ tokens: Int,
        isCut: Bool,
        ratio: Double? = nil,
        model: ModelID,
        key: KeyID?,
        promptClass: PromptClass
    ) {
        state.withLock { state in
            let trusted = ratio.map(state.trust.trusted) ?? 1
            func count(_ lengths: inout LengthHistogram) {
                lengths.count(tokens, isCut: isCut, ratio: trusted, memory: settings.memory)
            }
            count(&state.all)
            var trust = state.trust
            state.models.update(model, default: Lengths(groups: RecentMap(capacity: settings.groupsMax))) { lengths in
                if let ratio { trust.learn(tokens, ratio: ratio, &lengths.centre, memory: settings.memory) }
                count(&lengths.all)
                lengths.groups.update(Group(promptClass: promptClass), default: LengthHistogram(), count)
                guard let key else { return }
                lengths.groups.update(Group(key: key, promptClass: promptClass), default: LengthHistogram(), count)
            }
            state.trust = trust
        }
    }
}
