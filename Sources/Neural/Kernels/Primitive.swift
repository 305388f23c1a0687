internal import COneDNN
internal import Synchronization

/// An operation on tensors of certain shapes, compiled for this processor.
// oneDNN lets any number of threads execute a primitive that has its scratch memory from its caller.
final class Primitive: @unchecked Sendable {
    private let handle: dnnl_primitive_t
    /// How oneDNN lays out packed weights for it.
    let weights: dnnl_memory_desc_t
    /// What it needs of scratch memory.
    let scratch: dnnl_memory_desc_t
    let scratchBytes: Int
    /// oneDNN's name for how it is done.
    let implementation: String

    /// The primitive of an operation: made at its first use, some hundred microseconds, and kept.
    static func of(_ operation: Operation) throws(KernelError) -> Primitive {
        if let made = cache.withLock({ $0[operation] }) { return made }
        // Two threads may both make it; one is kept.
        let primitive = try Primitive(operation)
        return cache.withLock { cache in
            if let made = cache[operation] { return made }
            cache[operation] = primitive
            return primitive
        }
    }

    private static let cache = Mutex<[Operation: Primitive]>([:])

    private init(_ operation: Operation) throws(KernelError) {
        // The count of threads is part of what is compiled.
        omp_set_num_threads(1)
        let attributes = try Attributes(operation.postOperations)
        var description: dnnl_primitive_desc_t?
        let status = try operation.describe(with: attributes.handle, &description)
        guard status == dnnl_success, let description else {
            throw .refused(operation: "\(operation)", status: status.rawValue)
        }
        defer { dnnl_primitive_desc_destroy(description) }
        var handle: dnnl_primitive_t?
        try check(dnnl_primitive_create(&handle, description), "\(operation)")
        guard let handle else { throw .refused(operation: "\(operation)", status: 0) }
        self.handle = handle
        weights = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0)?.pointee ?? dnnl_memory_desc_t()
        scratch =
            dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)?.pointee ?? dnnl_memory_desc_t()
        var descriptor = scratch
        scratchBytes = dnnl_memory_desc_get_size(&descriptor)
        var name: UnsafePointer<CChar>?
        withUnsafeMutablePointer(to: &name) { name in
            _ = dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, name)
        }
        implementation = name.map { String(cString: $0) } ?? ""
    }

    deinit { dnnl_primitive_destroy(handle) }

    /// Executes the operation on the calling thread.
    ///
    /// It can't fail: what could go wrong was found when it was made, and its memory is there.
    func execute(_ arguments: [dnnl_exec_arg_t], on stream: dnnl_stream_t) {
        let status = dnnl_primitive_execute(handle, stream, Int32(arguments.count), arguments)
        precondition(status == dnnl_success, "a primitive that was made can be executed")
    }
}

/// What is done to the values of a product before they are stored.
private final class Attributes {
    let handle: dnnl_primitive_attr_t

    init(_ operations: [PostOperation]) throws(KernelError) {
        var handle: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&handle), "attributes")
        guard let handle else { throw .refused(operation: "attributes", status: 0) }
        self.handle = handle
        dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user)
        guard !operations.isEmpty else { return }
        var list: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&list), "post-operations")
        defer { dnnl_post_ops_destroy(list) }
        for operation in operations { try operation.append(to: list) }
        try check(dnnl_primitive_attr_set_post_ops(handle, list), "post-operations")
    }

    deinit { dnnl_primitive_attr_destroy(handle) }
}

/// One thing that is done to the values of a product, in order.
enum PostOperation: Hashable, Sendable {
    /// Each value is replaced.
    case activation(Activation)
    /// Each is multiplied by that of another table of the same shape.
    case product(NumberType, rows: Int, columns: Int)
    /// Each is added to what was in its place.
    case sum

    fileprivate func append(to list: dnnl_post_ops_t?) throws(KernelError) {
        switch self {
        case .activation(let activation):
            guard let (kind, alpha) = activation.algorithm else { return }
            try check(dnnl_post_ops_append_eltwise(list, 1, kind, alpha, 0), "\(activation)")
        case .product(let type, let rows, let columns):
            var descriptor = try Layout(type, rows: rows, columns: columns).descriptor()
            try check(dnnl_post_ops_append_binary(list, dnnl_binary_mul, &descriptor), "a product")
        case .sum: try check(dnnl_post_ops_append_sum(list, 1), "a sum")
        }
    }
}
