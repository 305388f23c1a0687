/// What a pass through a network is for.
public enum Pass: Hashable, Sendable {
    /// To learn: dropout drops, batch normalization counts, and what ``Layer/backward(_:)`` needs is kept.
    case training
    /// To use what was learned.
    case inference
}

/// A part of a network that can be differentiated: rows in, rows out.
///
/// A backward pass belongs to the last forward pass in ``Pass/training``, whose input the layer has kept, and may follow
/// it once. Not for several threads.
public protocol Layer: AnyObject {
    /// What is learned or counted, in the order of files.
    var parameters: [Parameter] { get }

    /// The layer's output for each row of `input`.
    func forward(_ input: Matrix, _ pass: Pass) -> Matrix

    /// Adds to the gradients of the parameters, and passes the gradient on.
    ///
    /// - Parameter gradient: The loss's derivative with respect to the output.
    /// - Returns: The loss's derivative with respect to the input.
    func backward(_ gradient: Matrix) -> Matrix
}

/// Layers one behind the other.
public final class Sequential: Layer {
    private let layers: [any Layer]
    /// Those of all layers.
    public var parameters: [Parameter] { layers.flatMap(\.parameters) }

    /// A network of `layers`, the first one nearest to the input.
    public init(_ layers: [any Layer]) { self.layers = layers }

    /// The last layer's output.
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        layers.reduce(input) { $1.forward($0, pass) }
    }

    /// The derivative with respect to the first layer's input.
    public func backward(_ gradient: Matrix) -> Matrix {
        layers.reversed().reduce(gradient) { $1.backward($0) }
    }
}
