import Domain

/// Sets values to 0 by chance while learning, and scales the others up so that the mean stays.
///
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
public final class Dropout: Layer {
    private let probability: Float
    private let chance: Chance
    private var mask = Matrix(rows: 0, columns: 0)
    /// None.
    public var parameters: [Parameter] { [] }

    /// Drops values with this `probability`, drawn from `chance`.
    ///
    /// - Precondition: The probability is at least 0 and below 1.
    public init(_ probability: Float, _ chance: Chance) {
        precondition(probability >= 0 && probability < 1, "some values are left")
        self.probability = probability
        self.chance = chance
    }

    /// The input, with some values at 0 in training.
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        guard pass == .training, probability > 0 else {
            mask = Matrix(rows: 0, columns: 0)
            return input
        }
        let threshold = UInt32(Double(probability) * 0x1p32)
        let scale = 1 / (1 - probability)
        var mask = Matrix(rows: input.rows, columns: input.columns)
        mask.mapValues { _ in UInt32(truncatingIfNeeded: chance.generator.next()) < threshold ? 0 : scale }
        self.mask = mask
        var output = input
        output.combine(mask) { $0 * $1 }
        return output
    }

    /// What the last forward pass makes of another input: the same places are dropped.
    func again(_ input: Matrix) -> Matrix { backward(input) }

    /// The gradient of what was not dropped.
    public func backward(_ gradient: Matrix) -> Matrix {
        guard !mask.values.isEmpty else { return gradient }
        var result = gradient
        result.combine(mask) { $0 * $1 }
        return result
    }
}
