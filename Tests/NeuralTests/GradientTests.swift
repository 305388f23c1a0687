import Domain
import Neural
import Testing

/// Every gradient is what finite differences say, on shapes and values of chance.
@Suite struct GradientTests {
    /// How much of the loss each value of the gradient accounts for, by moving it up and down.
    ///
    /// The loss is summed in doubles; a step of 1/64 leaves errors of about 1e-3 in single precision.
    private func expectDerivative(
        _ found: Matrix,
        of value: Matrix,
        _ what: String,
        _ loss: (Matrix) throws -> Double
    ) rethrows {
        let step: Float = 0x1p-6
        var wanted = value
        for index in value.values.indices {
            var moved = value
            moved.values[index] = value.values[index] + step
            let above = try loss(moved)
            moved.values[index] = value.values[index] - step
            wanted.values[index] = Float((above - (try loss(moved))) / Double(2 * step))
        }
        expectNear(found, wanted, what, within: 4e-3)
    }

    private func sum(_ output: Matrix, _ weights: Matrix) -> Double {
        zip(output.values, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// A layer's gradients, of its input and of each of its parameters.
    private func check(_ layer: any Layer, _ input: Matrix, using generator: inout SeededGenerator) {
        let output = layer.forward(input, .training)
        let weights = generator.matrix(output.rows, output.columns)
        let gradient = layer.backward(weights)
        let name = "\(type(of: layer))"
        expectDerivative(gradient, of: input, name) { sum(layer.forward($0, .training), weights) }
        for parameter in layer.parameters where parameter.role != .statistic {
            let value = parameter.value
            expectDerivative(parameter.gradient, of: value, "\(name)'s \(parameter.name)") {
                parameter.value = $0
                defer { parameter.value = value }
                return sum(layer.forward(input, .training), weights)
            }
        }
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func ofLayers(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (rows, columns) = (Int.random(in: 2...5, using: &generator), Int.random(in: 3...6, using: &generator))
        let input = generator.matrix(rows, columns)
        let norm = BatchNorm("norm", columns: columns)
        for parameter in norm.parameters where parameter.role == .offset {
            parameter.value = generator.matrix(1, columns)
        }
        let layers: [any Layer] = [
            LinearLayer("linear", inputs: columns, outputs: 4, using: &generator),
            GELU(), Tanh(), norm,
            LayerNormLayer(
                "norm",
                gain: generator.matrix(1, columns),
                bias: generator.matrix(1, columns),
                epsilon: 1e-5
            ),
            Sequential([
                LinearLayer("first", inputs: columns, outputs: 3, using: &generator), Tanh(),
                LinearLayer("second", inputs: 3, outputs: 2, using: &generator),
            ]),
        ]
        for layer in layers { check(layer, input, using: &generator) }
        // Away from 0, where a rectifier has no derivative.
        let away = Matrix(rows: rows, columns: columns, values: input.values.map { $0 + ($0 < 0 ? -0.1 : 0.1) })
        check(ReLU(), away, using: &generator)
        check(GatedGELU(), generator.matrix(rows, 6), using: &generator)
    }

    @Test func ofABatchOfOneRow() {
        var generator = SeededGenerator(seed: 1)
        check(BatchNorm("norm", columns: 4), generator.matrix(1, 4), using: &generator)
    }

    /// The same generator drops the same places in each pass, so that the loss is a function of the weights.
    @Test(arguments: 0..<5 as Range<UInt64>, [Float(0), 0.3])
    func ofAttention(seed: UInt64, dropout: Float) {
        var generator = SeededGenerator(seed: seed)
        let (width, headCount) = (Int.random(in: 1...3, using: &generator), Int.random(in: 1...3, using: &generator))
        let hidden = width * headCount
        let linear = { (name: String) in LinearLayer(name, inputs: hidden, outputs: hidden, using: &generator) }
        let projections = ["query", "key", "value", "output"].map(linear)
        checkAttention(Array(projections[..<3]), projections[3], headCount, dropout, using: &generator)
    }

    /// One projection for all three, queries and keys turned by their places, and a token that sees one to each side.
    @Test(arguments: 0..<5 as Range<UInt64>, [Int?.none, 1])
    func ofModernAttention(seed: UInt64, window: Int?) {
        var generator = SeededGenerator(seed: seed)
        let width = 2 * Int.random(in: 1...2, using: &generator)
        let headCount = Int.random(in: 1...2, using: &generator)
        let hidden = width * headCount
        func layer(_ name: String, outputs: Int) -> LinearLayer {
            let drawn = LinearLayer(name, inputs: hidden, outputs: outputs, using: &generator)
            return LinearLayer(name, weight: drawn.weight.value, bias: nil)
        }
        let (projection, output) = (layer("all", outputs: 3 * hidden), layer("output", outputs: hidden))
        #expect(projection.parameters.count == 1)
        let rotation = Rotation(size: width, base: 10, tokensMax: 3)
        checkAttention([projection], output, headCount, 0.3, window, rotation, using: &generator)
    }

    private func checkAttention(
        _ projections: [LinearLayer],
        _ output: LinearLayer,
        _ headCount: Int,
        _ dropout: Float,
        _ window: Int? = nil,
        _ rotation: Rotation? = nil,
        using generator: inout SeededGenerator
    ) {
        let hidden = output.weight.value.columns
        let lengths = [1, 3, 2]
        let input = generator.matrix(6, hidden)
        let weights = generator.matrix(6, hidden)
        let make = {
            var drops: UInt64 = 0
            return MultiHeadAttention(
                projections: projections,
                output: output,
                headCount: headCount,
                window: window,
                rotation: rotation,
                dropout: {
                    drops += 1
                    return Dropout(dropout, Chance(seed: drops))
                }
            )
        }
        let attention = make()
        _ = attention.forward(input, lengths: lengths, .training)
        let gradient = attention.backward(weights)
        let loss = { (input: Matrix) in sum(make().forward(input, lengths: lengths, .training), weights) }
        expectDerivative(gradient, of: input, "attention", loss)
        for parameter in attention.parameters {
            let value = parameter.value
            expectDerivative(parameter.gradient, of: value, parameter.name) {
                parameter.value = $0
                defer { parameter.value = value }
                return loss(input)
            }
        }
    }

    @Test func ofAnEmbeddingWhoseRowsRecur() {
        var generator = SeededGenerator(seed: 1)
        let embedding = Embedding("words", table: generator.matrix(4, 3))
        let ids: [Int32] = [2, 0, 2, 2, 3]
        let weights = generator.matrix(5, 3)
        _ = embedding.forward(ids, .training)
        embedding.backward(weights)
        expectDerivative(embedding.table.gradient, of: embedding.table.value, "embedding") {
            sum(Embedding("words", table: $0).forward(ids, .inference), weights)
        }
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func ofLosses(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let labels = (0..<6).map { _ in Int.random(in: 0..<3, using: &generator) }
        let logits = generator.matrix(6, 3)
        var targets = generator.matrix(6, 3)
        targets.softenRows()
        var partial = targets
        partial.values[Int.random(in: 0..<18, using: &generator)] = .nan
        let losses: [(String, (Matrix) -> Loss)] = [
            ("cross-entropy", { .crossEntropy($0, labels: labels) }),
            ("soft cross-entropy", { .crossEntropy($0, targets: targets) }),
            ("label smoothing", { .labelSmoothing($0, labels: labels, smoothing: 0.2) }),
            ("focal", { .focal($0, labels: labels, focus: 1.5, weight: 0.7) }),
            ("focal without focus", { .focal($0, labels: labels, focus: 0) }),
            ("binary", { .binaryCrossEntropy($0, targets: partial) }),
            ("squares", { .meanSquaredError($0, targets: partial) }),
            ("inter-intra", { .interIntra($0, labels: labels, margin: 3, interWeight: 2, intraWeight: 0.5) }),
        ]
        for (name, loss) in losses {
            expectDerivative(loss(logits).gradient, of: logits, name) { Double(loss($0).value) }
        }
        expectDerivative(Loss.loadBalance(targets).gradient, of: targets, "load balance") {
            Double(Loss.loadBalance($0).value)
        }
    }
}
