internal import COneDNN

/// A tensor as oneDNN's operations take it: a layout and an address.
///
/// It owns its bytes, if it was made without an address; else whoever owns those outlives it.
// Weights are written before they are shared, and only read from then on; other memories stay in one program.
final class Memory: @unchecked Sendable {
    let handle: dnnl_memory_t
    let descriptor: dnnl_memory_desc_t

    /// Memory of its own, all zero.
    convenience init(owning descriptor: dnnl_memory_desc_t) throws(KernelError) {
        try self.init(descriptor, at: UnsafeMutableRawPointer(bitPattern: -1))
        address.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    /// A view of memory that gets its address later.
    convenience init(viewing descriptor: dnnl_memory_desc_t) throws(KernelError) {
        try self.init(descriptor, at: nil)
    }

    /// A copy of `values` as a table.
    convenience init(_ values: [Float], rows: Int, columns: Int) throws(KernelError) {
        precondition(values.count == rows * columns, "a table has rows × columns values")
        try self.init(owning: Layout(.float32, rows: rows, columns: columns).descriptor())
        copy(values)
    }

    /// oneDNN's own words for an address: -1 lets it allocate, `nil` leaves it out for now.
    private init(_ descriptor: dnnl_memory_desc_t, at place: UnsafeMutableRawPointer?) throws(KernelError) {
        var descriptor = descriptor
        var handle: dnnl_memory_t?
        let status = dnnl_memory_create(&handle, &descriptor, try Engine.shared().handle, place)
        guard status == dnnl_success, let handle else {
            throw .refused(operation: "memory", status: status.rawValue)
        }
        self.handle = handle
        self.descriptor = descriptor
    }

    deinit { dnnl_memory_destroy(handle) }

    var byteCount: Int {
        var descriptor = descriptor
        return dnnl_memory_desc_get_size(&descriptor)
    }

    /// Where it is; for a view, where it was moved to.
    var address: UnsafeMutableRawPointer {
        var address: UnsafeMutableRawPointer?
        dnnl_memory_get_data_handle(handle, &address)
        guard let address else { preconditionFailure("memory has an address before it is used") }
        return address
    }

    /// Puts values in, which are numbers of its type in its order.
    func copy<Value: BitwiseCopyable>(_ values: [Value]) {
        values.withUnsafeBytes { bytes in
            precondition(bytes.count <= byteCount, "values that fit")
            UnsafeMutableRawBufferPointer(start: address, count: bytes.count).copyMemory(from: bytes)
        }
    }

    /// Moves a view.
    func move(to address: UnsafeMutableRawPointer) { dnnl_memory_set_data_handle(handle, address) }
}
