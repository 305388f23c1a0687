internal import COneDNN

/// What a layer does to each of its values.
public enum Activation: Hashable, Sendable {
    /// Nothing.
    case identity
    /// x·Φ(x) by the error function: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    case gelu
    /// The same, approximated by the hyperbolic tangent.
    case geluByTanh
    /// max(0, x).
    case relu
    /// x·σ(x).
    case silu
    /// The hyperbolic tangent.
    case tanh

    /// Its name in oneDNN, and the one parameter of those that have one; `nil` for the identity.
    var algorithm: (kind: dnnl_alg_kind_t, alpha: Float)? {
        switch self {
        case .identity: nil
        case .gelu: (dnnl_eltwise_gelu_erf, 0)
        case .geluByTanh: (dnnl_eltwise_gelu_tanh, 0)
        case .relu: (dnnl_eltwise_relu, 0)
        case .silu: (dnnl_eltwise_swish, 1)
        case .tanh: (dnnl_eltwise_tanh, 0)
        }
    }
}
