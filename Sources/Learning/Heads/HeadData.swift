public import Domain
public import Neural
import Routing

/// What a head is trained on: features of prompts, and what to say of each.
public struct HeadData: Sendable {
    /// A row for each prompt: the encoder's layers, one behind the other.
    public let features: Matrix
    /// Which layers they are.
    public let layers: [Int]
    /// What to say of each prompt.
    public let targets: TrainingTargets
    /// What the outputs are called: classes, or models.
    public let names: [String]
    /// The tier of each class; empty for models.
    public let tiers: [Tier]

    /// Data with all its parts.
    ///
    /// - Precondition: There are as many targets as rows, and names as outputs.
    public init(features: Matrix, layers: [Int], targets: TrainingTargets, names: [String], tiers: [Tier]) {
        precondition(names.count == targets.outputCount, "each output has a name")
        (self.features, self.layers, self.targets, self.names) = (features, layers, targets, names)
        self.tiers = tiers
    }

    /// Whether prompts have classes, rather than models scores.
    var hasClasses: Bool {
        switch targets {
        case .classes: true
        case .scores: false
        }
    }
}

/// How features are brought to mean 0 and deviation 1.
struct Standardization {
    let means: Matrix
    let scales: Matrix

    /// That of these rows of `features`.
    init(_ features: Matrix, rows: [Int]) {
        let count = Double(max(1, rows.count))
        var sums = [Double](repeating: 0, count: features.columns)
        var squares = sums
        for row in rows {
            for (column, value) in features[row: row].enumerated() {
                sums[column] += Double(value)
                squares[column] += Double(value) * Double(value)
            }
        }
        let deviations = zip(sums, squares).map { sum, square in
            max(0, square / count - sum / count * sum / count).squareRoot()
        }
        means = Matrix(rows: 1, columns: features.columns, values: sums.map { Float($0 / count) })
        // A feature that never changes says nothing, and is 0 then.
        let scales = deviations.map { $0 > 1e-6 ? Float(1 / $0) : 0 }
        self.scales = Matrix(rows: 1, columns: features.columns, values: scales)
    }

    func callAsFunction(_ features: Matrix) -> Matrix {
        var values = features.values
        for index in values.indices {
            let column = index % features.columns
            values[index] = (values[index] - means.values[column]) * scales.values[column]
        }
        return Matrix(rows: features.rows, columns: features.columns, values: values)
    }

    /// A layer for features as they are, that gives what `layer` gives for standardized ones.
    func folded(into layer: DenseLayer) -> DenseLayer {
        var folded = layer
        for row in 0..<layer.weight.rows {
            for column in 0..<layer.weight.columns {
                folded.weight[row, column] *= scales.values[column]
                folded.bias[0, row] -= folded.weight[row, column] * means.values[column]
            }
        }
        return folded
    }
}
