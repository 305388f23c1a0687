/// Adam with weight decay that is decoupled from the gradient.
///
///     m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²
///     w ← w − η·λ·w − η · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
///
/// Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2. Only parameters whose role is
/// ``Parameter/Role/weight`` decay, and statistics stay as they are.
public struct AdamW {
    /// β₁, β₂, ε and λ.
    public struct Settings: Hashable, Sendable {
        /// β₁: how much of the mean of gradients stays.
        public var meanDecay: Float = 0.9
        /// β₂: how much of the mean of squared gradients stays.
        public var squareDecay: Float = 0.999
        /// ε: keeps the division finite.
        public var epsilon: Float = 1e-8
        /// λ: the share of a weight, times the learning rate, that each step takes away.
        public var weightDecay: Float = 0.01

        /// Adam's own figures, and a weight decay of 0.01.
        public init() {}
    }

    /// What is learned.
    public let parameters: [Parameter]
    /// How many steps were taken.
    public private(set) var stepCount = 0
    private let settings: Settings
    private var means: [Matrix]
    private var squares: [Matrix]

    /// An optimiser of those of `parameters` that are learned.
    public init(_ parameters: [Parameter], settings: Settings = Settings()) {
        self.parameters = parameters.filter { $0.role != .statistic }
        self.settings = settings
        means = self.parameters.map { Matrix(rows: $0.value.rows, columns: $0.value.columns) }
        squares = means
    }

    /// Changes each parameter by its gradient, and clears the gradients.
    ///
    /// - Parameter learningRate: η, as the schedule has it for this step.
    public mutating func step(learningRate: Float) {
        stepCount += 1
        let meanScale = 1 / (1 - settings.meanDecay.power(Float(stepCount)))
        let squareScale = 1 / (1 - settings.squareDecay.power(Float(stepCount)))
        let settings = settings
        for (index, parameter) in parameters.enumerated() {
            means[index].combine(parameter.gradient) { $0 + (1 - settings.meanDecay) * ($1 - $0) }
            squares[index].combine(parameter.gradient) { $0 + (1 - settings.squareDecay) * ($1 * $1 - $0) }
            var update = means[index]
            update.combine(squares[index]) {
                learningRate * $0 * meanScale / (($1 * squareScale).squareRoot() + settings.epsilon)
            }
            let kept = parameter.role == .weight ? 1 - learningRate * settings.weightDecay : 1
            parameter.value.combine(update) { $0 * kept - $1 }
            parameter.clearGradient()
        }
    }

    /// What has to be saved besides the parameters, so that training goes on as if it had not stopped.
    public var state: [(name: String, value: Matrix)] {
        zip(parameters, zip(means, squares)).flatMap { parameter, moments in
            [("\(parameter.name).mean", moments.0), ("\(parameter.name).square", moments.1)]
        }
    }

    /// Goes on from a saved ``state`` of the same parameters.
    ///
    /// - Returns: Whether it fits: false changes nothing.
    public mutating func restore(_ state: [String: Matrix], stepCount: Int) -> Bool {
        var (restoredMeans, restoredSquares) = (means, squares)
        for (index, parameter) in parameters.enumerated() {
            guard let mean = state["\(parameter.name).mean"], let square = state["\(parameter.name).square"],
                mean.hasShape(of: parameter.value), square.hasShape(of: parameter.value)
            else { return false }
            restoredMeans[index] = mean
            restoredSquares[index] = square
        }
        (means, squares) = (restoredMeans, restoredSquares)
        self.stepCount = stepCount
        return true
    }
}

extension Matrix {
    /// Whether `other` has as many rows and columns.
    public func hasShape(of other: Matrix) -> Bool { rows == other.rows && columns == other.columns }
}
