import Neural

/// One layer of a ModernBERT: what attention and a gated feed-forward network make of the normalized rows is added to these.
///
///     h = x + attention(norm(x)),  y = h + W₂·(gelu(a)·b),  [a, b] = W₁·norm(h)
///
/// Warner et al., "Smarter, Better, Faster, Longer", 2024. The first layer has no norm before its attention.
final class ModernTransformerLayer: TransformerBlock {
    private let attentionNorm: LayerNormLayer?
    private let attention: MultiHeadAttention
    private let attentionDropout: Dropout
    private let feedForward: Sequential

    init(
        attentionNorm: LayerNormLayer?,
        attention: MultiHeadAttention,
        feedForwardNorm: LayerNormLayer,
        up: LinearLayer,
        down: LinearLayer,
        dropout: () -> Dropout
    ) {
        self.attentionNorm = attentionNorm
        self.attention = attention
        attentionDropout = dropout()
        feedForward = Sequential([feedForwardNorm, up, GatedGELU(), down, dropout()])
    }

    var parameters: [Parameter] {
        (attentionNorm?.parameters ?? []) + attention.parameters + feedForward.parameters
    }

    func forward(_ input: Matrix, lengths: [Int], _ pass: Pass) -> Matrix {
        let normalized = attentionNorm?.forward(input, pass) ?? input
        var hidden = attentionDropout.forward(attention.forward(normalized, lengths: lengths, pass), pass)
        hidden.add(input)
        var output = feedForward.forward(hidden, pass)
        output.add(hidden)
        return output
    }

    func backward(_ gradient: Matrix) -> Matrix {
        var hidden = feedForward.backward(gradient)
        hidden.add(gradient)
        let normalized = attention.backward(attentionDropout.backward(hidden))
        var input = attentionNorm?.backward(normalized) ?? normalized
        input.add(hidden)
        return input
    }
}
