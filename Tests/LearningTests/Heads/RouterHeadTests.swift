import Domain
import Learning
import Neural
import Routing
import Testing

@Suite struct RouterHeadTests {
    private static let shapes: [HeadShape] = {
        var shapes = [HeadShape.projection, .gate, .dueling]
        for index in shapes.indices {
            // Smaller than the real ones, and without the chance that finite differences can't follow.
            shapes[index].hidden = shapes[index].hidden.map { $0 / 32 }
            shapes[index].dropout = 0
            shapes[index].activation = .gelu
        }
        return shapes
    }()

    @Test(arguments: 0..<3)
    func gradientsAreThoseOfFiniteDifferences(index: Int) {
        var generator = SeededGenerator(seed: 1)
        let head = RouterHead(Self.shapes[index], inputs: 5, outputs: 3, seed: 2, chance: Chance(seed: 1))
        let input = generator.matrix(16, 5)
        let (logitWeights, embeddingWeights) = (generator.matrix(16, 3), generator.matrix(16, head.embeddingWidth))
        let loss = { (input: Matrix) in
            let output = head.forward(input, .training)
            return dot(output.logits, logitWeights) + dot(output.embeddings, embeddingWeights)
        }
        _ = loss(input)
        let gradient = head.backward(logits: logitWeights, embeddings: embeddingWeights)
        expectDerivative(gradient, of: input, "the features", loss)
        for parameter in head.parameters where parameter.role != .statistic {
            let value = parameter.value
            expectDerivative(parameter.gradient, of: value, parameter.name) {
                parameter.value = $0
                defer { parameter.value = value }
                return loss(input)
            }
        }
    }

    /// Batch normalization and the dueling streams are folded into plain layers.
    @Test(arguments: [HeadShape.projection, .gate, .dueling])
    func denseLayersComputeWhatTheHeadComputes(shape: HeadShape) {
        var generator = SeededGenerator(seed: 3)
        let head = RouterHead(shape, inputs: 7, outputs: 4, seed: 5, chance: Chance(seed: 1))
        // Moves the running figures away from 0 and 1.
        for _ in 0..<20 { _ = head.forward(generator.matrix(8, 7), .training) }
        let input = generator.matrix(3, 7)
        let output = DenseNetwork(head.denseLayers)(input)
        expectNear(output, head.forward(input, .inference).logits, within: 1e-5)
    }

    @Test func theMeanAdvantageOfADuelingHeadIsItsValue() {
        let head = RouterHead(.dueling, inputs: 4, outputs: 3, seed: 1, chance: Chance(seed: 1))
        let names = head.parameters.map(\.name)
        #expect(names.contains("head.value.1.weight") && names.contains("head.advantage.1.weight"))
        let input = Matrix(rows: 1, columns: 4, values: [1, 2, 3, 4])
        let before = head.forward(input, .inference).logits
        // The same for each advantage changes nothing.
        for parameter in head.parameters where parameter.name == "head.advantage.1.bias" {
            parameter.value.values = parameter.value.values.map { $0 + 5 }
        }
        expectNear(head.forward(input, .inference).logits, before, within: 1e-5)
    }
}
