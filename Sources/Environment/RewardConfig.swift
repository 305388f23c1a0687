/// What a step is worth: good answers, less what they cost and how late they are.
///
///     r = w_q·quality − w_c·cost − p_L·max(0, latency − SLA) − p_q·max(0, required − quality)
public struct RewardConfig: Hashable, Sendable {
    /// w_c: what a dollar takes away.
    public var costWeight: Double
    /// w_q: what a quality of 1 is worth.
    public var qualityWeight: Double
    /// p_L: what a second beyond the limit takes away.
    public var latencyPenalty: Double
    /// SLA: the limit, in seconds.
    public var slaThreshold: Double
    /// p_q: what quality that is missing of the required one takes away.
    public var qualityMissPenalty: Double

    /// A reward with all its weights.
    public init(
        costWeight: Double,
        qualityWeight: Double,
        latencyPenalty: Double,
        slaThreshold: Double,
        qualityMissPenalty: Double = 0
    ) {
        self.costWeight = costWeight
        self.qualityWeight = qualityWeight
        self.latencyPenalty = latencyPenalty
        self.slaThreshold = slaThreshold
        self.qualityMissPenalty = qualityMissPenalty
    }

    /// The weights that the task is known with, by which a dollar hardly matters.
    public static let published = Self(costWeight: 1, qualityWeight: 0.5, latencyPenalty: 2, slaThreshold: 1)
    /// Weights that price all three: those of `LLMRouter-v1`.
    public static let balanced = Self(costWeight: 5, qualityWeight: 1, latencyPenalty: 0.5, slaThreshold: 3)

    /// What an answer is worth to a prompt that requires this quality.
    @inline(__always)
    func callAsFunction(cost: Double, quality: Double, latency: Double, required: Double) -> Double {
        qualityWeight * quality - costWeight * cost - latencyPenalty * max(0, latency - slaThreshold)
            - qualityMissPenalty * max(0, required - quality)
    }

    func check() throws(EnvironmentError) {
        let weights = [
            ("cost_weight", costWeight), ("quality_weight", qualityWeight), ("latency_penalty", latencyPenalty),
            ("sla_threshold", slaThreshold), ("quality_miss_penalty", qualityMissPenalty),
        ]
        for (name, weight) in weights where !weight.isFinite {
            throw .outOfRange(name, "\(weight)", "a finite number")
        }
    }
}
