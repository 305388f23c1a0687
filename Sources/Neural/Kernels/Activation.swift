internal import COneDNN
internal import Glibc

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

extension Activation {
    /// The function's value.
    public func value(_ x: Float) -> Float {
        switch self {
        case .identity: x
        case .gelu: x / 2 * (1 + erff(x / Float(2).squareRoot()))
        case .geluByTanh: x / 2 * (1 + tanhf(Float(2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .relu: max(0, x)
        case .silu: x * Self.logistic(x)
        case .tanh: tanhf(x)
        }
    }

    /// σ(x) = 1 / (1 + exp(−x)).
    public static func logistic(_ x: Float) -> Float { 1 / (1 + expf(-x)) }

    /// exp(x) over the sum of all, each less the greatest so that none is too large.
    public static func softmax(_ values: [Float]) -> [Float] {
        let greatest = values.max() ?? 0
        let powers = values.map { expf($0 - greatest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
