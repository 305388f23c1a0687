/// A model that prompts may be sent to, as the environment knows it.
public struct ModelConfig: Hashable, Sendable {
    /// What it is called.
    public var name: String
    /// Dollars for a prompt of mean length; 0 and up.
    public var costPerCall: Double
    /// The mean of the seconds until its answer; above 0.
    public var latencyMean: Double
    /// Their standard deviation; 0 and up.
    public var latencyStandardDeviation: Double
    /// How good its answers are on average, 0 to 1.
    public var qualityScore: Double
    /// The complexity of a prompt that it solves every other time, where it is known; else it follows from the quality.
    public var ability: Double?
    /// Grams of CO2e for a prompt of mean length, where they are known; nothing is rewarded for them.
    public var gramsPerCall: Double?
    /// How many requests it works on at once, where it is known; else half of what comes, on average.
    public var slots: Double?

    /// A model with all its figures.
    public init(
        name: String,
        costPerCall: Double,
        latencyMean: Double,
        latencyStandardDeviation: Double,
        qualityScore: Double
    ) {
        self.name = name
        self.costPerCall = costPerCall
        self.latencyMean = latencyMean
        self.latencyStandardDeviation = latencyStandardDeviation
        self.qualityScore = qualityScore
    }

    /// The five models that the task is known with.
    public static let presets = [
        preset("tier1_large", 0.030, 2.0, 0.5, 0.95),
        preset("tier1_small", 0.003, 0.5, 0.1, 0.82),
        preset("tier2_large", 0.015, 1.5, 0.4, 0.90),
        preset("tier2_small", 0.001, 0.3, 0.08, 0.75),
        preset("open_source", 0.0005, 0.8, 0.3, 0.70),
    ]

    private static func preset(
        _ name: String,
        _ cost: Double,
        _ mean: Double,
        _ deviation: Double,
        _ quality: Double
    ) -> Self {
        Self(
            name: name,
            costPerCall: cost,
            latencyMean: mean,
            latencyStandardDeviation: deviation,
            qualityScore: quality
        )
    }

    func check() throws(EnvironmentError) {
        guard costPerCall.isFinite, costPerCall >= 0 else {
            throw .outOfRange("cost_per_call of \(name)", "\(costPerCall)", "0 and up")
        }
        guard latencyMean.isFinite, latencyMean > 0 else {
            throw .outOfRange("latency_mean of \(name)", "\(latencyMean)", "above 0")
        }
        guard latencyStandardDeviation.isFinite, latencyStandardDeviation >= 0 else {
            throw .outOfRange("latency_std of \(name)", "\(latencyStandardDeviation)", "0 and up")
        }
        guard (0...1).contains(qualityScore) else {
            throw .outOfRange("quality_score of \(name)", "\(qualityScore)", "0 to 1")
        }
        guard ability?.isFinite ?? true else { throw .outOfRange("ability of \(name)", "\(ability ?? 0)", "finite") }
        guard gramsPerCall.map({ $0.isFinite && $0 >= 0 }) ?? true else {
            throw .outOfRange("grams_per_call of \(name)", "\(gramsPerCall ?? 0)", "0 and up")
        }
        guard slots.map({ $0.isFinite && $0 >= 1 }) ?? true else {
            throw .outOfRange("slots of \(name)", "\(slots ?? 0)", "1 and up")
        }
    }
}
