internal import Domain
internal import Neural
internal import Routing

/// Two networks that learn from the same observations: what to choose, and what a state is worth.
final class ActorCritic {
    let actor: TanhStack
    let critic: TanhStack
    var parameters: [Parameter] { actor.parameters + critic.parameters }

    init(inputs: Int, actions: Int, hidden: [Int], seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Small weights at the end of the actor: it begins with nearly even chances.
        actor = TanhStack("actor", widths: [inputs] + hidden + [actions], lastGain: 0.01, using: &generator)
        critic = TanhStack("critic", widths: [inputs] + hidden + [1], lastGain: 1, using: &generator)
    }
}

/// Linear layers with tanh between them, as they learn.
final class TanhStack {
    private let linear: [LinearLayer]
    private let layers: Sequential
    var parameters: [Parameter] { layers.parameters }

    /// Layers of orthogonal weights: gain √2 for tanh and ReLU alike, as Stable-Baselines3 has it, and no bias.
    init(_ name: String, widths: [Int], lastGain: Float, using generator: inout SeededGenerator) {
        linear = zip(widths, widths.dropFirst()).enumerated().map { index, width in
            let gain = index + 2 == widths.count ? lastGain : Float(2).squareRoot()
            let weight = Matrix.orthogonal(rows: width.1, columns: width.0, gain: gain, using: &generator)
            return LinearLayer("\(name).\(index)", weight: weight, bias: Matrix(rows: 1, columns: width.1))
        }
        let between = linear.dropLast().flatMap { [$0, Tanh()] as [any Layer] }
        layers = Sequential(between + linear.suffix(1))
    }

    func forward(_ observations: Matrix) -> Matrix { layers.forward(observations, .training) }

    func backward(_ gradient: Matrix) { _ = layers.backward(gradient) }

    /// The network in use, for observations that were not standardized.
    func network(_ moments: RunningMoments) -> PolicyNetwork {
        PolicyNetwork(moments.folded(into: linear.map { ($0.weight.value, $0.bias.value.values) }))
    }
}

extension Matrix {
    /// Rows, or else columns, that are orthogonal and `gain` long: of normal numbers, by Gram and Schmidt.
    ///
    /// Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    /// networks", 2014.
    static func orthogonal(rows: Int, columns: Int, gain: Float, using generator: inout SeededGenerator) -> Matrix {
        let (count, length) = (Swift.min(rows, columns), Swift.max(rows, columns))
        let normal = Matrix.normal(rows: count, columns: length, deviation: 1, using: &generator)
        var vectors: [[Float]] = []
        for row in 0..<count {
            var vector = Array(normal[row: row])
            for other in vectors {
                let share = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
                for place in vector.indices { vector[place] -= share * other[place] }
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            vectors.append(vector.map { $0 / Swift.max(norm, .leastNormalMagnitude) })
        }
        var matrix = Matrix(rows: rows, columns: columns)
        for row in 0..<rows {
            for column in 0..<columns {
                matrix[row, column] = gain * (rows <= columns ? vectors[row][column] : vectors[column][row])
            }
        }
        return matrix
    }
}
