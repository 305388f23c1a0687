import Domain
import Foundation
import Neural
import Testing

/// What Tests/Tools/layer_goldens.py has of PyTorch.
struct Golden {
    private static let file = Result {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try SafetensorsFile(path: tests.appending(path: "Fixtures/neural/layers.safetensors").path)
    }

    let name: String

    /// A layer that has no name of its own has parameters whose names begin with a dot.
    func callAsFunction(_ key: String) throws -> Matrix {
        try Self.file.get().matrix("\(name)/\(key.drop { $0 == "." })")
    }

    func linear(_ key: String) throws -> LinearLayer {
        try LinearLayer(key, weight: self("\(key).weight"), bias: self("\(key).bias"))
    }
}

/// Single precision, and sums in another order.
func expectNear(_ found: Matrix, _ wanted: Matrix, _ what: String, within tolerance: Float = 2e-5) {
    #expect(found.rows == wanted.rows && found.columns == wanted.columns, "\(what)")
    let worst = zip(found.values, wanted.values).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(worst <= tolerance, "\(what) is off by \(worst)")
}

/// Layers, losses and the optimiser compute what PyTorch computes.
@Suite struct LayerGoldenTests {
    /// The output, the gradient of the input, and those of all parameters.
    private func check(_ layer: any Layer, _ golden: Golden, _ pass: Pass = .training) throws {
        expectNear(layer.forward(try golden("input"), pass), try golden("output"), "the output of \(golden.name)")
        let gradient = layer.backward(try golden("gradient"))
        expectNear(gradient, try golden("input.gradient"), "the input's gradient of \(golden.name)")
        try checkParameters(layer.parameters, golden)
    }

    private func checkParameters(_ parameters: [Parameter], _ golden: Golden) throws {
        for parameter in parameters where parameter.role != .statistic {
            let wanted = try golden("\(parameter.name).gradient")
            expectNear(parameter.gradient, wanted, "\(golden.name)'s \(parameter.name)")
        }
    }

    @Test func linear() throws {
        let golden = Golden(name: "linear")
        try check(LinearLayer("", weight: golden("weight"), bias: golden("bias")), golden)
    }

    @Test func activations() throws {
        try check(ReLU(), Golden(name: "relu"))
        try check(GELU(), Golden(name: "gelu"))
        try check(Tanh(), Golden(name: "tanh"))
    }

    @Test func layerNorm() throws {
        let golden = Golden(name: "layer_norm")
        try check(LayerNormLayer("", gain: golden("weight"), bias: golden("bias"), epsilon: 1e-12), golden)
    }

    @Test func batchNorm() throws {
        var golden = Golden(name: "batch_norm")
        let norm = BatchNorm("", columns: 8)
        for parameter in norm.parameters where parameter.role != .statistic {
            parameter.value = try golden(parameter.name)
        }
        try check(norm, golden)
        for parameter in norm.parameters where parameter.role == .statistic {
            expectNear(parameter.value, try golden(parameter.name), parameter.name)
        }
        golden = Golden(name: "batch_norm_used")
        expectNear(norm.forward(try golden("input"), .inference), try golden("output"), "the output in use")
    }

    @Test func attention() throws {
        let golden = Golden(name: "attention")
        let attention = try MultiHeadAttention(
            projections: ["query", "key", "value"].map(golden.linear),
            output: golden.linear("output"),
            headCount: 2,
            dropout: { Dropout(0, Chance(seed: 1)) }
        )
        let output = attention.forward(try golden("input"), lengths: [3, 5], .training)
        expectNear(output, try golden("output"), "the output")
        let gradient = attention.backward(try golden("gradient"))
        expectNear(gradient, try golden("input.gradient"), "the input's gradient")
        try checkParameters(attention.parameters, golden)
    }

    private static let labels = [0, 3, 1, 1, 2, 0]

    @Test func losses() throws {
        let labels = Self.labels
        try check("cross_entropy") { .crossEntropy($0, labels: labels) }
        try check("label_smoothing") { .labelSmoothing($0, labels: labels, smoothing: 0.1) }
        try check("focal") { .focal($0, labels: labels, focus: 2, weight: 0.5) }
        let targets = try Golden(name: "binary")("targets")
        try check("binary") { .binaryCrossEntropy($0, targets: targets) }
        try check("squares") { .meanSquaredError($0, targets: targets) }
        let classes = [0, 1, 2, 0, 1, 2, 0, 0, 3]
        try check("inter_intra") { .interIntra($0, labels: classes, margin: 2, interWeight: 0.5, intraWeight: 2) }
        try check("load_balance") { .loadBalance($0) }
    }

    private func check(_ name: String, _ loss: (Matrix) -> Loss) throws {
        let golden = Golden(name: name)
        let found = loss(try golden("input"))
        expectNear(Matrix(rows: 1, columns: 1, values: [found.value]), try golden("value"), name)
        expectNear(found.gradient, try golden("gradient"), "the gradient of \(name)")
    }

    @Test func adamWWithDecoupledDecayAndClipping() throws {
        let golden = Golden(name: "adamw")
        let weight = Parameter(name: "weight", role: .weight, value: try golden("weight"))
        let bias = Parameter(name: "bias", role: .offset, value: try golden("bias"))
        var settings = AdamW.Settings()
        settings.weightDecay = 0.1
        var optimiser = AdamW([weight, bias], settings: settings)
        for step in 0..<6 {
            for parameter in [weight, bias] { parameter.gradient = try golden("\(parameter.name).gradient\(step)") }
            [weight, bias].clipGradients(normMax: 1.5)
            optimiser.step(learningRate: 0.05)
        }
        for parameter in [weight, bias] {
            expectNear(parameter.value, try golden("\(parameter.name).after"), parameter.name)
        }
    }
}
