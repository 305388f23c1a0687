import Neural

/// One layer of an encoder, of whatever family: a row for each token in, and one out.
protocol TransformerBlock {
    /// What is learned.
    var parameters: [Parameter] { get }

    /// The layer's output; `lengths` says how many rows each text has.
    func forward(_ input: Matrix, lengths: [Int], _ pass: Pass) -> Matrix

    /// Adds to the gradients of the parameters, and passes the gradient on.
    func backward(_ gradient: Matrix) -> Matrix
}

/// One layer of a BERT: attention and a feed-forward network, each added to what it was given and then normalized.
///
///     h = norm(x + attention(x)),  y = norm(h + W₂·gelu(W₁·h))
///
/// Vaswani et al., "Attention is all you need", 2017, in the order of Devlin et al., "BERT", 2019.
final class TransformerLayer: TransformerBlock {
    private let attention: MultiHeadAttention
    private let attentionDropout: Dropout
    private let attentionNorm: LayerNormLayer
    private let feedForward: Sequential
    private let outputNorm: LayerNormLayer

    init(
        attention: MultiHeadAttention,
        attentionNorm: LayerNormLayer,
        up: LinearLayer,
        down: LinearLayer,
        outputNorm: LayerNormLayer,
        dropout: () -> Dropout
    ) {
        self.attention = attention
        self.attentionNorm = attentionNorm
        self.outputNorm = outputNorm
        attentionDropout = dropout()
        feedForward = Sequential([up, GELU(), down, dropout()])
    }

    var parameters: [Parameter] {
        attention.parameters + attentionNorm.parameters + feedForward.parameters + outputNorm.parameters
    }

    func forward(_ input: Matrix, lengths: [Int], _ pass: Pass) -> Matrix {
        var attended = attentionDropout.forward(attention.forward(input, lengths: lengths, pass), pass)
        attended.add(input)
        let hidden = attentionNorm.forward(attended, pass)
        var output = feedForward.forward(hidden, pass)
        output.add(hidden)
        return outputNorm.forward(output, pass)
    }

    func backward(_ gradient: Matrix) -> Matrix {
        let output = outputNorm.backward(gradient)
        var hidden = feedForward.backward(output)
        hidden.add(output)
        let attended = attentionNorm.backward(hidden)
        var input = attention.backward(attentionDropout.backward(attended))
        input.add(attended)
        return input
    }
}
