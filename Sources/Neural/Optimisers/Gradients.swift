extension [Parameter] {
    /// The Euclidean norm of all gradients together.
    public var gradientNorm: Float {
        let squares = reduce(0.0) { sum, parameter in
            parameter.gradient.values.reduce(sum) { $0 + Double($1) * Double($1) }
        }
        return Float(squares.squareRoot())
    }

    /// Scales all gradients down alike if their norm is above `normMax`.
    ///
    /// Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1.
    ///
    /// - Returns: The norm before.
    @discardableResult
    public func clipGradients(normMax: Float) -> Float {
        let norm = gradientNorm
        guard norm > normMax else { return norm }
        let scale = normMax / norm
        for parameter in self { parameter.gradient.mapValues { $0 * scale } }
        return norm
    }

    /// Moves each parameter `share` of the way to its counterpart in `others`: a target network's soft update.
    ///
    ///     w ← (1 − τ)·w + τ·w′
    ///
    /// - Precondition: `others` are the same parameters of another network.
    public func move(to others: [Parameter], share: Float) {
        precondition(count == others.count, "the same parameters of another network")
        for (parameter, other) in zip(self, others) {
            parameter.value.combine(other.value) { $0 + share * ($1 - $0) }
        }
    }
}
