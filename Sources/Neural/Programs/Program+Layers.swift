internal import CKernels
internal import COneDNN

extension Program {
    /// Adds result = activation(input·Wᵀ + b), with what the parameters say.
    ///
    /// - Parameters:
    ///   - layer: The weights, of this program's precision.
    ///   - input: A row for each token.
    ///   - result: Where the rows go; not the input.
    ///   - activation: What is done to each value.
    ///   - factor: A buffer like the result by which its values are multiplied; `nil` for none.
    ///   - adds: Whether the values are added to those of the result, instead of replacing them.
    /// - Throws: ``KernelError``.
    public func linear(
        _ layer: PackedLinear,
        of input: Buffer,
        into result: Buffer,
        activation: Activation = .identity,
        times factor: Buffer? = nil,
        adding adds: Bool = false
    ) throws(KernelError) {
        precondition(layer.inputs == input.columns && layer.outputs == result.columns, "rows fit the layer")
        precondition(layer.precision == precision && input !== result, "a layer of the program's precision")
        if let dequantization = layer.dequantization {
            return try quantizedLinear(layer, dequantization, input, result, activation, factor, adds)
        }
        var then: [PostOperation] = []
        if activation != .identity { then.append(.activation(activation)) }
        var arguments: [(Int32, Memory)] = []
        if let factor {
            // Their number is part of an argument's name.
            let name = DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (Int32(then.count) + 1) | DNNL_ARG_SRC_1
            arguments.append((name, try view(factor)))
            then.append(.product(factor.type, rows: factor.rows, columns: factor.columns))
        }
        if adds { then.append(.sum) }
        if let bias = layer.bias { arguments.append((DNNL_ARG_BIAS, bias)) }
        let operation = Operation.product(
            left: input.layout,
            right: .packed(precision.factors, rows: layer.inputs, columns: layer.outputs),
            result: result.layout,
            bias: layer.bias != nil,
            then: then
        )
        arguments += [
            (DNNL_ARG_SRC, try view(input)), (DNNL_ARG_WEIGHTS, layer.weights), (DNNL_ARG_DST, try view(result)),
        ]
        try add(operation, arguments)
    }

    /// The same with bytes: rows are quantized, multiplied, and scaled back.
    private func quantizedLinear(
        _ layer: PackedLinear,
        _ dequantization: Dequantization,
        _ input: Buffer,
        _ result: Buffer,
        _ activation: Activation,
        _ factor: Buffer?,
        _ adds: Bool
    ) throws(KernelError) {
        precondition(!adds || activation == .identity && factor == nil, "a sum of values as the layer gives them")
        let isHalved = result.type == .bfloat16
        precondition(!isHalved || !adds && activation == .identity && factor == nil, "halves are only stored")
        let end = isHalved ? CK_HALVE : adds ? CK_ADD : activation == .gelu ? CK_GELU : CK_REPLACE
        if let sums = dequantization.sums {
            multiplyPairs(layer, dequantization, sums, input, result, end)
        } else {
            try multiplyBytes(layer, dequantization, input, result, end)
        }
        if activation != .identity, activation != .gelu { try activate(result, activation) }
        if let factor { multiply(result, by: factor) }
    }

    /// Bytes by oneDNN.
    private func multiplyBytes(
        _ layer: PackedLinear,
        _ dequantization: Dequantization,
        _ input: Buffer,
        _ result: Buffer,
        _ end: ck_end
    ) throws(KernelError) {
        let bytes = room(.operand, columns: layer.inputs, type: .int8)
        let scales = room(.scales, columns: 1, type: .float32)
        let product = room(.product, columns: layer.outputs, type: .float32)
        // Rows behind the text too: what is left of another one may be no number, which attention would see.
        let rows = rows
        add { _ in ck_quantize(input.floats, rows, input.columns, bytes.bytes, scales.floats) }
        try add(
            .product(
                left: bytes.layout,
                right: .packed(.int8, rows: layer.inputs, columns: layer.outputs),
                result: product.layout,
                bias: false,
                then: []
            ),
            [
                (DNNL_ARG_SRC, try view(bytes)), (DNNL_ARG_WEIGHTS, layer.weights), (DNNL_ARG_DST, try view(product)),
            ]
        )
        add { _ in
            ck_scale(
                product.floats,
                rows,
                layer.outputs,
                scales.floats,
                dequantization.scales,
                dequantization.bias,
                end,
                result.address
            )
        }
    }

    /// Bytes by `CKernels`, on processors where oneDNN's sums would overflow.
    private func multiplyPairs(
        _ layer: PackedLinear,
        _ dequantization: Dequantization,
        _ sums: [Float],
        _ input: Buffer,
        _ result: Buffer,
        _ end: ck_end
    ) {
        let bytes = room(.operand, columns: ck_pairs_width(layer.inputs), type: .int8)
        let scales = room(.scales, columns: 1, type: .float32)
        let lows = room(.lows, columns: 1, type: .float32)
        let rows = rows
        add { _ in ck_quantize_pairs(input.floats, rows, input.columns, bytes.address, scales.floats, lows.floats) }
        add { _ in
            ck_multiply_pairs(
                bytes.address,
                scales.floats,
                lows.floats,
                rows,
                layer.inputs,
                layer.weights.address,
                dequantization.scales,
                sums,
                dequantization.bias,
                layer.outputs,
                end,
                result.address
            )
        }
    }

    /// Adds a function of each value, in place.
    private func activate(_ buffer: Buffer, _ activation: Activation) throws(KernelError) {
        let memory = try view(buffer)
        try add(.activation(activation, buffer.layout), [(DNNL_ARG_SRC, memory), (DNNL_ARG_DST, memory)])
    }

    /// Adds a product of floats, value by value.
    private func multiply(_ buffer: Buffer, by factor: Buffer) {
        add { tokens in
            let (values, factors) = (buffer.floats, factor.floats)
            for index in 0..<tokens * buffer.columns { values[index] *= factors[index] }
        }
    }

    /// Adds a normalization of each row.
    ///
    /// - Throws: ``KernelError``.
    public func normalize(_ input: Buffer, _ norm: PackedLayerNorm, into result: Buffer) throws(KernelError) {
        precondition(input.columns == norm.columns && input.type == result.type, "rows fit the normalization")
        let source = try view(input)
        try add(
            .normalization(rows: rows, columns: norm.columns, input.type, epsilon: norm.epsilon),
            [
                (DNNL_ARG_SRC, source), (DNNL_ARG_DST, input === result ? source : try view(result)),
                (DNNL_ARG_SCALE_SHIFT, norm.parameters),
            ]
        )
    }

    /// Adds a copy, as the numbers of the other buffer.
    ///
    /// - Throws: ``KernelError``.
    public func copy(_ input: Buffer, into result: Buffer) throws(KernelError) {
        try add(
            .conversion(from: input.layout, to: result.layout),
            [(DNNL_ARG_FROM, try view(input)), (DNNL_ARG_TO, try view(result))]
        )
    }
}
