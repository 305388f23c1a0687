internal import CKernels
import Glibc

/// max(x, 0).
public final class ReLU: Layer {
    private var output = Matrix(rows: 0, columns: 0)
    /// None.
    public var parameters: [Parameter] { [] }

    /// A rectifier.
    public init() {}

    /// max(x, 0).
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        var output = input
        output.rectify()
        if pass == .training { self.output = output }
        return output
    }

    /// The gradient where the output was above 0, and 0 elsewhere.
    public func backward(_ gradient: Matrix) -> Matrix {
        var result = gradient
        result.combine(output) { $1 > 0 ? $0 : 0 }
        return result
    }
}

/// x·Φ(x), by the error function and not by its approximation with tanh.
///
/// Hendrycks and Gimpel, "Gaussian error linear units", 2016; BERT's activation.
public final class GELU: Layer {
    private var input = Matrix(rows: 0, columns: 0)
    /// None.
    public var parameters: [Parameter] { [] }

    /// The activation.
    public init() {}

    /// x·Φ(x).
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        if pass == .training { self.input = input }
        var output = input
        output.applyGELU()
        return output
    }

    /// dx = dy·(Φ(x) + x·φ(x)).
    public func backward(_ gradient: Matrix) -> Matrix {
        var result = gradient
        result.combine(input) { $0 * Self.slope($1) }
        return result
    }

    /// The derivative at `x`.
    @inline(__always)
    fileprivate static func slope(_ x: Float) -> Float { cumulative(x) + x * 0.398_942_28 * expf(-0.5 * x * x) }

    /// Φ: how likely a standard normal value is below `x`.
    @inline(__always)
    fileprivate static func cumulative(_ x: Float) -> Float { 0.5 * (1 + erff(x * 0.707_106_78)) }
}

/// gelu(a)·b, where a is the first half of a row and b the second: half as many values come out as go in.
///
/// Shazeer, "GLU variants improve transformer", 2020; ModernBERT's feed-forward networks have it.
public final class GatedGELU: Layer {
    private var input = Matrix(rows: 0, columns: 0)
    /// None.
    public var parameters: [Parameter] { [] }

    /// The activation.
    public init() {}

    /// gelu(a)·b.
    ///
    /// - Precondition: Rows have two halves.
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        precondition(input.columns.isMultiple(of: 2), "a row has two halves")
        if pass == .training { self.input = input }
        var output = input.half(0)
        output.applyGELU()
        output.combine(input.half(1)) { $0 * $1 }
        return output
    }

    /// da = dy·b·(Φ(a) + a·φ(a)), db = dy·gelu(a).
    public func backward(_ gradient: Matrix) -> Matrix {
        let (gated, gate) = (input.half(0), input.half(1))
        var first = gradient
        first.combine(gate) { $0 * $1 }
        first.combine(gated) { $0 * GELU.slope($1) }
        var second = gradient
        second.combine(gated) { $0 * $1 * GELU.cumulative($1) }
        var result = Matrix(rows: input.rows, columns: input.columns)
        result.setBlock(first, row: 0, column: 0)
        result.setBlock(second, row: 0, column: gradient.columns)
        return result
    }
}

extension Matrix {
    /// The first or the second half of each row.
    fileprivate func half(_ index: Int) -> Matrix {
        block(row: 0, column: index * columns / 2, rows: rows, columns: columns / 2)
    }
}

/// tanh(x): what BERT's and RoBERTa's classification heads have between their layers.
public final class Tanh: Layer {
    private var output = Matrix(rows: 0, columns: 0)
    /// None.
    public var parameters: [Parameter] { [] }

    /// The activation.
    public init() {}

    /// tanh(x).
    public func forward(_ input: Matrix, _ pass: Pass) -> Matrix {
        var output = input
        output.values.applyTanh()
        if pass == .training { self.output = output }
        return output
    }

    /// dx = dy·(1 − tanh²(x)).
    public func backward(_ gradient: Matrix) -> Matrix {
        var result = gradient
        result.combine(output) { $0 * (1 - $1 * $1) }
        return result
    }
}

extension Matrix {
    /// Replaces each value by max(x, 0).
    public mutating func rectify() { mapValues { max($0, 0) } }

    /// Replaces each value by x·Φ(x).
    public mutating func applyGELU() { mapValues { $0 * GELU.cumulative($0) } }
}

extension [Float] {
    /// Replaces each value by tanh(x), off by at most 3e-7.
    public mutating func applyTanh() {
        withUnsafeMutableBufferPointer { values in
            if let start = values.baseAddress { ck_tanh(start, values.count) }
        }
    }
}
