internal import CKernels
internal import COneDNN

/// The weights of a layer y = x·Wᵀ + b, laid out once for the products of one precision; shared by all threads.
public struct PackedLinear: Sendable {
    /// How many values an input has.
    public let inputs: Int
    /// How many values an output has.
    public let outputs: Int
    let precision: Precision
    /// Wᵀ as it is multiplied fastest.
    let weights: Memory
    /// b; `nil` without, and for int8, which adds it where it scales.
    let bias: Memory?
    /// For int8: what each output is multiplied by, and then b.
    let dequantization: Dequantization?

    /// Lays out the weights of a layer.
    ///
    /// - Parameters:
    ///   - weights: W, outputs × inputs, as PyTorch stores it.
    ///   - bias: b, of as many values as there are outputs.
    ///   - precision: What it is to be multiplied in.
    /// - Throws: ``KernelError``.
    /// - Precondition: Each dimension is at least 1, and the bias as long as an output.
    public init(_ weights: Matrix, bias: [Float]?, precision: Precision) throws(KernelError) {
        precondition(weights.rows > 0 && weights.columns > 0, "a layer has inputs and outputs")
        precondition(bias.map { $0.count == weights.rows } ?? true, "each output has its bias")
        guard precision.isSupported else { throw .unsupported(precision) }
        (inputs, outputs, self.precision) = (weights.columns, weights.rows, precision)
        if precision == .int8, !Precision.hasVNNI {
            (self.weights, dequantization) = try Self.pairs(weights, bias)
            self.bias = nil
        } else if precision == .int8 {
            let quantized = Quantized(rowsOf: weights)
            self.weights = try Self.packed(quantized.values, .int8, inputs: inputs, outputs: outputs)
            dequantization = Dequantization(
                scales: quantized.scales,
                bias: bias ?? Array(repeating: 0, count: outputs),
                sums: nil
            )
            self.bias = nil
        } else {
            self.weights = try Self.packed(weights.values, precision.factors, inputs: inputs, outputs: outputs)
            self.bias = try bias.map { bias throws(KernelError) in try Memory(bias, rows: 1, columns: bias.count) }
            dequantization = nil
        }
    }

    /// Bytes as `CKernels` multiplies them where oneDNN can't.
    private static func pairs(
        _ weights: Matrix,
        _ bias: [Float]?
    ) throws(KernelError) -> (Memory, Dequantization) {
        let (inputs, outputs) = (weights.columns, weights.rows)
        let layout = Layout(.int8, rows: 1, columns: ck_pairs_size(inputs, outputs))
        let packed = try Memory(owning: layout.descriptor())
        let bytes = packed.address.assumingMemoryBound(to: Int8.self)
        var scales = [Float](repeating: 0, count: outputs)
        var sums = scales
        ck_pack_pairs(weights.values, inputs, outputs, bytes, &scales, &sums)
        let bias = bias ?? Array(repeating: 0, count: outputs)
        return (packed, Dequantization(scales: scales, bias: bias, sums: sums))
    }

    /// Copies outputs × inputs `values` into oneDNN's layout, as numbers of `type`.
    private static func packed<Value: BitwiseCopyable>(
        _ values: [Value],
        _ type: NumberType,
        inputs: Int,
        outputs: Int
    ) throws(KernelError) -> Memory {
        // Read as its transpose: inputs × outputs.
        let plain = Layout(Value.self == Int8.self ? .int8 : .float32, [inputs, outputs], strides: [1, inputs])
        let source = try Memory(owning: plain.descriptor())
        source.copy(values)
        let layout = Layout.packed(type, rows: inputs, columns: outputs)
        let packed = try Memory(owning: Primitive.of(.packing(layout)).weights)
        try source.convert(to: packed)
        return packed
    }
}

extension Memory {
    /// Copies the values into another layout, as other numbers.
    func convert(to other: Memory) throws(KernelError) {
        omp_set_num_threads(1)
        let engine = try Engine.shared()
        var (source, result) = (descriptor, other.descriptor)
        var description: dnnl_primitive_desc_t?
        let operation = "a change of layout"
        try check(
            dnnl_reorder_primitive_desc_create(&description, &source, engine.handle, &result, engine.handle, nil),
            operation
        )
        defer { dnnl_primitive_desc_destroy(description) }
        var primitive: dnnl_primitive_t?
        try check(dnnl_primitive_create(&primitive, description), operation)
        defer { dnnl_primitive_destroy(primitive) }
        let arguments = [
            dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: handle),
            dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: other.handle),
        ]
        try check(dnnl_primitive_execute(primitive, engine.stream, Int32(arguments.count), arguments), operation)
    }
}
