internal import COneDNN

/// How the numbers of a tensor lie in memory.
struct Layout: Hashable, Sendable {
    let type: NumberType
    let dimensions: [Int]
    /// How far apart the neighbours of each dimension are; empty where oneDNN is to choose.
    let strides: [Int]

    /// A table of rows.
    init(_ type: NumberType, rows: Int, columns: Int) {
        self.init(type, [rows, columns], strides: [columns, 1])
    }

    init(_ type: NumberType, _ dimensions: [Int], strides: [Int]) {
        self.type = type
        self.dimensions = dimensions
        self.strides = strides
    }

    /// A table that oneDNN lays out as it is multiplied fastest.
    static func packed(_ type: NumberType, rows: Int, columns: Int) -> Layout {
        Layout(type, [rows, columns], strides: [])
    }

    func descriptor() throws(KernelError) -> dnnl_memory_desc_t {
        var descriptor = dnnl_memory_desc_t()
        let sizes = dimensions.map { dnnl_dim_t($0) }
        let status =
            strides.isEmpty
            ? dnnl_memory_desc_init_by_tag(&descriptor, Int32(sizes.count), sizes, type.dnnl, dnnl_format_tag_any)
            : dnnl_memory_desc_init_by_strides(
                &descriptor,
                Int32(sizes.count),
                sizes,
                type.dnnl,
                strides.map { dnnl_dim_t($0) }
            )
        try check(status, "a layout of \(dimensions)")
        return descriptor
    }
}

/// Throws what oneDNN's status says.
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws(KernelError) {
    guard status == dnnl_success else { throw .refused(operation: operation(), status: status.rawValue) }
}
