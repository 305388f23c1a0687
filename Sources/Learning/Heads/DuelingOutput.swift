import Domain
import Neural
import Routing

/// The two streams of a dueling network: Q = V + A − mean(A).
///
/// The mean is taken away because V and A are not told apart by Q alone. Wang et al., "Dueling network architectures for
/// deep reinforcement learning", 2016, eq. 9.
final class DuelingOutput: Layer {
    private static let width = 64

    private let value: (hidden: LinearLayer, output: LinearLayer)
    private let advantage: (hidden: LinearLayer, output: LinearLayer)
    private let streams: (value: Sequential, advantage: Sequential)
    private let activation: HeadShape.Activation
    private let choices: Int
    var parameters: [Parameter] { streams.value.parameters + streams.advantage.parameters }

    init(inputs: Int, choices: Int, activation: HeadShape.Activation, using generator: inout SeededGenerator) {
        value = (
            LinearLayer("head.value.0", inputs: inputs, outputs: Self.width, using: &generator),
            LinearLayer("head.value.1", inputs: Self.width, outputs: 1, using: &generator)
        )
        advantage = (
            LinearLayer("head.advantage.0", inputs: inputs, outputs: Self.width, using: &generator),
            LinearLayer("head.advantage.1", inputs: Self.width, outputs: choices, using: &generator)
        )
        streams = (
            Sequential([value.hidden, activation.layer, value.output]),
            Sequential([advantage.hidden, activation.layer, advantage.output])
        )
        self.activation = activation
        self.choices = choices
    }

    func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        let values = streams.value.forward(input, pass)
        var output = streams.advantage.forward(input, pass)
        for row in 0..<output.rows {
            let shift = values[row, 0] - output[row: row].reduce(0, +) / Float(choices)
            for choice in 0..<choices { output[row, choice] += shift }
        }
        return output
    }

    /// dV = Σ dQ, dA = dQ − mean(dQ).
    func backward(_ gradient: Matrix) -> Matrix {
        var values = Matrix(rows: gradient.rows, columns: 1)
        var advantages = gradient
        for row in 0..<gradient.rows {
            let sum = gradient[row: row].reduce(0, +)
            values[row, 0] = sum
            for choice in 0..<choices { advantages[row, choice] -= sum / Float(choices) }
        }
        var input = streams.value.backward(values)
        input.add(streams.advantage.backward(advantages))
        return input
    }

    /// Both streams side by side: the mean is taken away in the weights, since it is linear.
    var denseLayers: [DenseLayer] {
        let width = Self.width
        let hidden = DenseLayer(
            weight: value.hidden.weight.value.above(advantage.hidden.weight.value),
            bias: value.hidden.bias.value.beside(advantage.hidden.bias.value),
            activation: activation.dense
        )
        let (weights, biases) = (advantage.output.weight.value, advantage.output.bias.value)
        let means = (0..<width).map { column in
            (0..<choices).reduce(0) { $0 + weights[$1, column] } / Float(choices)
        }
        let meanBias = biases.values.reduce(0, +) / Float(choices)
        var output = Matrix(rows: choices, columns: 2 * width)
        var bias = biases
        for choice in 0..<choices {
            for column in 0..<width {
                output[choice, column] = value.output.weight.value[0, column]
                output[choice, width + column] = weights[choice, column] - means[column]
            }
            bias[0, choice] += value.output.bias.value[0, 0] - meanBias
        }
        return [hidden, DenseLayer(weight: output, bias: bias, activation: .none)]
    }
}

extension Matrix {
    /// This matrix with `other` below it.
    fileprivate func above(_ other: Matrix) -> Matrix {
        Matrix(rows: rows + other.rows, columns: columns, values: values + other.values)
    }

    /// This row with `other` behind it.
    fileprivate func beside(_ other: Matrix) -> Matrix {
        Matrix(rows: 1, columns: columns + other.columns, values: values + other.values)
    }
}
