internal import COneDNN

/// What a primitive computes, with all that it is compiled for.
enum Operation: Hashable, Sendable {
    /// A product of two tables, or of as many pairs as the first dimension says, with what is done to its values.
    case product(left: Layout, right: Layout, result: Layout, bias: Bool, then: [PostOperation])
    /// Each row is normalized: Ba, Kiros and Hinton, "Layer Normalization", 2016.
    case normalization(rows: Int, columns: Int, NumberType, epsilon: Float)
    /// exp(x) over the sum of its row's.
    case softmax(from: Layout, to: Layout)
    /// Each value is replaced by a function of itself.
    case activation(Activation, Layout)
    /// The same values as other numbers.
    case conversion(from: Layout, to: Layout)

    var postOperations: [PostOperation] {
        if case .product(_, _, _, _, let then) = self { then } else { [] }
    }

    /// Makes oneDNN's description of it.
    func describe(
        with attributes: dnnl_primitive_attr_t,
        _ made: inout dnnl_primitive_desc_t?
    ) throws(KernelError) -> dnnl_status_t {
        let engine = try Engine.shared().handle
        switch self {
        case .product(let left, let right, let result, let hasBias, _):
            var description = dnnl_matmul_desc_t()
            var (a, b, c) = (try left.descriptor(), try right.descriptor(in: self), try result.descriptor())
            var bias = try Layout(.float32, rows: 1, columns: result.dimensions.last ?? 0).descriptor()
            let status =
                hasBias
                ? dnnl_matmul_desc_init(&description, &a, &b, &bias, &c)
                : dnnl_matmul_desc_init(&description, &a, &b, nil, &c)
            return status.then { dnnl_primitive_desc_create(&made, &description, attributes, engine, nil) }
        case .normalization(let rows, let columns, let type, let epsilon):
            var description = dnnl_layer_normalization_desc_t()
            var data = try Layout(type, rows: rows, columns: columns).descriptor()
            let (kind, flags) = (dnnl_forward_inference, dnnl_use_scaleshift.rawValue)
            return dnnl_layer_normalization_forward_desc_init(&description, kind, &data, nil, epsilon, flags)
                .then { dnnl_primitive_desc_create(&made, &description, attributes, engine, nil) }
        case .softmax(let from, let to):
            var description = dnnl_softmax_v2_desc_t()
            var (source, result) = (try from.descriptor(), try to.descriptor())
            let (kind, algorithm) = (dnnl_forward_inference, dnnl_softmax_accurate)
            let axis = Int32(from.dimensions.count - 1)
            return dnnl_softmax_v2_forward_desc_init(&description, kind, algorithm, &source, &result, axis)
                .then { dnnl_primitive_desc_create(&made, &description, attributes, engine, nil) }
        case .activation(let activation, let layout):
            guard let (algorithm, alpha) = activation.algorithm else { return dnnl_invalid_arguments }
            var description = dnnl_eltwise_desc_t()
            var data = try layout.descriptor()
            return dnnl_eltwise_forward_desc_init(&description, dnnl_forward_inference, algorithm, &data, alpha, 0)
                .then { dnnl_primitive_desc_create(&made, &description, attributes, engine, nil) }
        case .conversion(let from, let to):
            var (source, result) = (try from.descriptor(), try to.descriptor())
            return dnnl_reorder_primitive_desc_create(&made, &source, engine, &result, engine, attributes)
        }
    }
}

extension dnnl_status_t {
    /// The status of what is next, if all is well so far.
    fileprivate func then(_ next: () -> dnnl_status_t) -> dnnl_status_t { self == dnnl_success ? next() : self }
}

extension Layout {
    /// The descriptor of a product's right factor.
    ///
    /// Packed weights serve products of any number of rows: their layout is the one that oneDNN chooses for 64.
    fileprivate func descriptor(in product: Operation) throws(KernelError) -> dnnl_memory_desc_t {
        guard strides.isEmpty else { return try descriptor() }
        let usual = Operation.packing(self)
        return product == usual ? try descriptor() : try Primitive.of(usual).weights
    }
}

extension Operation {
    /// The plain product that decides on the layout of packed weights.
    static func packing(_ weights: Layout) -> Operation {
        let (inputs, outputs) = (weights.dimensions[0], weights.dimensions[1])
        return .product(
            left: Layout(weights.type, rows: 64, columns: inputs),
            right: weights,
            result: Layout(.float32, rows: 64, columns: outputs),
            bias: false,
            then: []
        )
    }
}
