import Foundation
import Planning

/// What came of an experiment: kept as JSON, and read again by reports and by a run that finds it done.
struct PlanResult: Codable {
    /// How much a plan saves, as shares, and where that comes from; it adds up along the way from one to the next.
    struct Savings: Codable {
        /// What everything at the best tier costs.
        var allBest: Double
        /// The same quality in every hour: what adapting the quality alone gives.
        var constantMix: Double
        /// The best plan for a grid that is always the same, on the real one: what packing machines gives.
        var constantGrid: Double
    }

    /// What another way of serving the same hours would have emitted.
    struct Baseline: Codable {
        var name: String
        /// Grams of CO2e, hour by hour.
        var hourlyGrams: [Double]
    }

    /// Mean and spread over windows.
    struct Spread: Codable {
        var minimum: Double
        var fifthPercentile: Double
        var mean: Double
        var deviation: Double

        init(_ values: [Double]) {
            let sorted = values.sorted()
            minimum = sorted.first ?? 1
            fifthPercentile = sorted.isEmpty ? 1 : sorted[(sorted.count - 1) / 20]
            let (mean, count) = (values.reduce(0, +) / Double(max(values.count, 1)), Double(max(values.count, 1)))
            self.mean = values.isEmpty ? 1 : mean
            deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        }
    }

    var name: String
    var job: String
    /// The settings as YAML.
    var settings: String
    /// A digest of all numbers that were read.
    var inputs: String
    var firstHour: String
    var tiers: [String]
    var machineTypes: [String]
    var demand: [Double]
    var intensity: [Double]
    var plan: Plan
    var verification: PlanVerification
    /// The quality of responses over the windows.
    var quality: Spread
    /// Of carbon alone.
    var savings: Savings?
    /// What the savings are counted against; none where there are no savings.
    var baselines: [Baseline]
    /// What was done to the files' hours, in sentences.
    var notes: [String]
    var cpuSeconds: Double

    /// What the plan spends, in the goal's metric.
    var cost: Double { plan.cost }

    /// Reads a result; `nil` if there is none, or it is of another version.
    static func load(_ path: String) -> PlanResult? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(PlanResult.self, from: data)
    }

    /// Writes it whole, or not at all.
    func save(_ path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let url = URL(filePath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try encoder.encode(self).write(to: url, options: .atomic)
    }
}
