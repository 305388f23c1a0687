public import Neural
public import TextEncoding

/// An encoder and a head that are trained together: fine-tuning.
public final class TransformerNetwork: TrainableNetwork {
    /// The encoder.
    public let encoder: TransformerEncoder
    /// What stands on its output.
    public let head: RouterHead
    /// What dropout is drawn from.
    public let chance: Chance
    private let texts: [Encoding]
    /// Those of both.
    public var parameters: [Parameter] { encoder.parameters + head.parameters }

    /// A network on these `texts`, the examples.
    ///
    /// - Precondition: The head takes what the encoder gives, and both draw from `chance`.
    public init(_ encoder: TransformerEncoder, head: RouterHead, texts: [Encoding], chance: Chance) {
        precondition(head.inputs == encoder.width, "the head takes what the encoder gives")
        (self.encoder, self.head, self.texts, self.chance) = (encoder, head, texts, chance)
    }

    /// The head's output for these texts.
    public func forward(_ examples: [Int], _ pass: Pass) -> NetworkOutput {
        head.forward(encoder.forward(examples.map { texts[$0] }, pass), pass)
    }

    /// Through the head and the encoder.
    public func backward(logits: Matrix, embeddings: Matrix?) {
        encoder.backward(head.backward(logits: logits, embeddings: embeddings))
    }
}
