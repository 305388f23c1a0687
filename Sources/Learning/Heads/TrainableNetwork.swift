public import Neural

/// A network that a ``Trainer`` can train: examples are named by their numbers, whatever they consist of.
public protocol TrainableNetwork: AnyObject {
    /// What is learned or counted.
    var parameters: [Parameter] { get }
    /// What dropout and noise are drawn from.
    var chance: Chance { get }

    /// What the network says of these examples.
    func forward(_ examples: [Int], _ pass: Pass) -> NetworkOutput

    /// Adds to the gradients, given the loss's derivatives with respect to the last training pass's output.
    func backward(logits: Matrix, embeddings: Matrix?)
}

/// A head on features that were computed before.
public final class FeatureNetwork: TrainableNetwork {
    /// What is trained.
    public let head: RouterHead
    /// What dropout is drawn from.
    public let chance: Chance
    private let features: Matrix
    /// The head's.
    public var parameters: [Parameter] { head.parameters }

    /// A head of this `shape` on `features`, a row for each example.
    public init(_ shape: HeadShape, features: Matrix, outputs: Int, seed: UInt64) {
        chance = Chance(seed: seed)
        head = RouterHead(shape, inputs: features.columns, outputs: outputs, seed: seed, chance: chance)
        self.features = features
    }

    /// The head's output for these rows of the features.
    public func forward(_ examples: [Int], _ pass: Pass) -> NetworkOutput {
        head.forward(features.selecting(examples), pass)
    }

    /// The features stay as they are.
    public func backward(logits: Matrix, embeddings: Matrix?) {
        _ = head.backward(logits: logits, embeddings: embeddings)
    }
}

extension Matrix {
    /// The rows of these numbers, in their order.
    public func selecting(_ rows: [Int]) -> Matrix {
        var values: [Float] = []
        values.reserveCapacity(rows.count * columns)
        for row in rows { values += self[row: row] }
        return Matrix(rows: rows.count, columns: columns, values: values)
    }
}
