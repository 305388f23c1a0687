public import Domain
public import Neural

/// What a head's file holds: networks, what their outputs are called, and which features they know.
public struct TrainedHead: Hashable, Sendable {
    /// How a head was trained.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// As an encoder's classifier.
        case bert
        /// As the gate of a mixture.
        case moe
        /// As a deep Q-network.
        case rl
    }

    /// How it was trained.
    public var kind: Kind
    /// What its numbers are.
    public var output: HeadEstimator.Output
    /// What its outputs are called: classes, or models.
    public var names: [String]
    /// The tier of each class; empty for models.
    public var tiers: [Tier]
    /// The encoder's layers that features are made of.
    public var layers: [Int]
    /// How many experts a mixture sends a prompt to.
    public var expertsPerPrompt = 2
    /// The networks whose mean counts.
    public var members: [DenseNetwork]
    /// The mean of each feature over what was learned from: 1 × inputs.
    public var means: Matrix
    /// One over the deviation of each: 1 × inputs.
    public var scales: Matrix
    /// A ``distance(_:)`` above this is unlike what was learned from.
    public var distanceMax: Double

    /// A head with all its parts.
    ///
    /// - Precondition: The networks fit the names and the features.
    public init(
        kind: Kind,
        output: HeadEstimator.Output,
        names: [String],
        tiers: [Tier],
        layers: [Int],
        members: [DenseNetwork],
        means: Matrix,
        scales: Matrix,
        distanceMax: Double
    ) {
        let fits = members.allSatisfy { $0.inputs == means.columns && $0.outputs == names.count }
        precondition(fits && !members.isEmpty && scales.columns == means.columns, "networks fit names and features")
        precondition(tiers.count == (output == .classes ? names.count : 0), "each class has a tier")
        (self.kind, self.output, self.names, self.tiers) = (kind, output, names, tiers)
        (self.layers, self.members, self.means, self.scales) = (layers, members, means, scales)
        self.distanceMax = distanceMax
    }

    /// How many features a prompt has.
    public var inputs: Int { means.columns }

    /// What the networks say of a prompt.
    struct Answer {
        /// The mean probability or score of each output.
        let means: [Double]
        /// How far the networks differ, and what one is off by at the least.
        let deviations: [Double]
        /// The mean of what comes before it.
        let logits: [Double]
    }

    /// The mean of the networks' answers to a prompt's features, as the encoder gives them.
    func answer(_ features: [Float]) -> Answer {
        let input = Matrix(rows: 1, columns: features.count, values: features)
        let logits = members.map { $0(input).values.map(Double.init) }
        let answers = logits.map(probabilities)
        let count = Double(members.count)
        let means = names.indices.map { index in answers.reduce(0) { $0 + $1[index] } / count }
        let deviations = names.indices.map { index in
            (answers.reduce(0) { $0 + ($1[index] - means[index]) * ($1[index] - means[index]) } / count).squareRoot()
                + 0.02
        }
        let meanLogits = names.indices.map { index in logits.reduce(0) { $0 + $1[index] } / count }
        return Answer(means: means, deviations: deviations, logits: meanLogits)
    }

    /// The mean probabilities or scores of many prompts, a row each: what ``HeadEstimator`` says of one.
    public func answers(_ features: Matrix) -> Matrix {
        var sum = Matrix(rows: features.rows, columns: names.count)
        for member in members {
            let logits = member(features)
            for row in 0..<features.rows {
                let answer = probabilities(logits[row: row].map(Double.init))
                for column in names.indices { sum[row, column] += Float(answer[column] / Double(members.count)) }
            }
        }
        return sum
    }

    private func probabilities(_ logits: [Double]) -> [Double] {
        switch output {
        case .classes:
            let highest = logits.max() ?? 0
            let powers = logits.map { exponential($0 - highest) }
            let sum = powers.reduce(0, +)
            return powers.map { $0 / sum }
        case .scores: return logits.map(logistic)
        case .values: return logits.map { min(max($0, 0), 1) }
        }
    }

    /// How far a prompt is from those that were learned from: the mean square of its standardized features.
    public func distance(_ features: [Float]) -> Double {
        var sum: Float = 0
        for (index, feature) in features.enumerated() {
            let value = (feature - means.values[index]) * scales.values[index]
            sum += value * value
        }
        return Double(sum) / Double(max(1, features.count))
    }
}
