/// The gains and biases of a layer normalization; shared by all threads.
///
///     y[c] = gain[c] · (x[c] − mean(x)) / √(variance(x) + epsilon) + bias[c]
///
/// Ba, Kiros and Hinton, "Layer Normalization", 2016, eqs. 3 and 4: <https://arxiv.org/abs/1607.06450>.
public struct PackedLayerNorm: Sendable {
    let columns: Int
    let epsilon: Float
    /// The gains, then the biases.
    let parameters: Memory

    /// A normalization of rows that are as long as `gain`.
    ///
    /// - Parameters:
    ///   - gain: What each normalized value is multiplied by.
    ///   - bias: What is added then; `nil` for nothing.
    ///   - epsilon: Added to the variance; 1e-12 in BERT, 1e-5 in ModernBERT.
    /// - Throws: ``KernelError``.
    /// - Precondition: Gain and bias are equally long, and not empty.
    public init(gain: [Float], bias: [Float]?, epsilon: Float) throws(KernelError) {
        precondition(!gain.isEmpty && bias.map { $0.count == gain.count } ?? true, "each value has a gain and a bias")
        columns = gain.count
        self.epsilon = epsilon
        parameters = try Memory(gain + (bias ?? Array(repeating: 0, count: gain.count)), rows: 2, columns: gain.count)
    }
}
