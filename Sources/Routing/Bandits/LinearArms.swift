/// What each of several arms earns in each situation, as a linear function that is learned from one reward after the other.
///
///     A_a = I + Σ x·xᵀ,  θ_a = A_a⁻¹·Σ r·x
///
/// Ridge regression, whose inverse is kept by Sherman and Morrison's formula, so that a reward costs O(inputs²).
public struct LinearArms: Sendable {
    /// How many numbers a situation has.
    public let inputs: Int
    /// By arm, A⁻¹ in row-major order, and Σ r·x.
    private var arms: [(inverse: [Double], sums: [Double])]

    /// Arms of which nothing is known.
    public init(count: Int, inputs: Int) {
        self.inputs = inputs
        var identity = [Double](repeating: 0, count: inputs * inputs)
        for index in 0..<inputs { identity[index * inputs + index] = 1 }
        arms = Array(repeating: (identity, Array(repeating: 0, count: inputs)), count: count)
    }

    /// How many there are.
    public var count: Int { arms.count }

    /// What an arm is expected to earn: θᵀx, and √(xᵀA⁻¹x), by which little is known of it.
    ///
    /// - Precondition: There is such an arm, and `context` has as many numbers as ``inputs``.
    public func expected(of arm: Int, in context: [Double]) -> (mean: Double, deviation: Double) {
        let scaled = product(arms[arm].inverse, context)
        return (dot(scaled, arms[arm].sums), max(0, dot(scaled, context)).squareRoot())
    }

    /// Takes in what an arm has earned in a situation; a reward that is no number says nothing.
    ///
    /// - Precondition: As for ``expected(of:in:)``.
    public mutating func learn(_ reward: Double, of arm: Int, in context: [Double]) {
        guard reward.isFinite, context.allSatisfy(\.isFinite) else { return }
        let scaled = product(arms[arm].inverse, context)
        let denominator = 1 + dot(scaled, context)
        for row in 0..<inputs {
            arms[arm].sums[row] += reward * context[row]
            for column in 0..<inputs {
                arms[arm].inverse[row * inputs + column] -= scaled[row] * scaled[column] / denominator
            }
        }
    }

    private func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
        (0..<inputs).map { row in
            var sum = 0.0
            for column in 0..<inputs { sum += matrix[row * inputs + column] * vector[column] }
            return sum
        }
    }

    private func dot(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }
}
