public import Domain

/// A tensor that training changes, and the derivative of the loss with respect to it.
///
/// A class, because a layer, the optimiser and the checkpoint share it. One thread at a time may use it.
public final class Parameter {
    /// What a tensor is to the optimiser.
    public enum Role: Hashable, Sendable {
        /// Follows its gradient, and weight decay pulls it towards 0.
        case weight
        /// Follows its gradient alone: biases and gains, which decay would only bias.
        case offset
        /// Is counted, not learned, such as batch normalization's running mean; saved with the others.
        case statistic
    }

    /// Its name in files.
    public let name: String
    /// What it is to the optimiser.
    public let role: Role
    /// Its value.
    public var value: Matrix
    /// The sum of derivatives since ``clearGradient()``.
    public var gradient: Matrix

    /// A parameter with this value, and no gradient yet.
    public init(name: String, role: Role, value: Matrix) {
        self.name = name
        self.role = role
        self.value = value
        gradient = Matrix(rows: value.rows, columns: value.columns)
    }

    /// Sets the gradient to 0, for the next batch.
    public func clearGradient() { gradient = Matrix(rows: value.rows, columns: value.columns) }
}

extension Matrix {
    /// Values drawn evenly from ±`bound`.
    static func uniform(
        rows: Int,
        columns: Int,
        bound: Float,
        using generator: inout SeededGenerator
    ) -> Matrix {
        let values = (0..<rows * columns).map { _ in
            bound == 0 ? 0 : Float.random(in: -bound...bound, using: &generator)
        }
        return Matrix(rows: rows, columns: columns, values: values)
    }

    /// Values drawn from the normal distribution around 0, by the method of Box and Muller.
    public static func normal(
        rows: Int,
        columns: Int,
        deviation: Float,
        using generator: inout SeededGenerator
    ) -> Matrix {
        let values = (0..<rows * columns).map { _ in
            // From above 0 on, so that the logarithm is finite.
            let radius = (-2 * Float.random(in: Float.leastNormalMagnitude...1, using: &generator).logarithm)
                .squareRoot()
            return deviation * radius * (2 * Float.pi * Float.random(in: 0..<1, using: &generator)).cosine
        }
        return Matrix(rows: rows, columns: columns, values: values)
    }
}
