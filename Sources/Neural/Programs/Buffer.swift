/// A table of values between the steps of a program: one row for each token.
public final class Buffer {
    /// How many values a row has.
    public let columns: Int
    let rows: Int
    let type: NumberType
    /// Where it begins in the memory of the program.
    let offset: Int
    /// Where it is.
    private(set) var address: UnsafeMutableRawPointer?

    init(rows: Int, columns: Int, type: NumberType, offset: Int) {
        (self.rows, self.columns, self.type, self.offset) = (rows, columns, type, offset)
    }

    var byteCount: Int { rows * columns * type.size }

    /// All its rows.
    var layout: Layout { Layout(type, rows: rows, columns: columns) }

    /// Its values, if they are floats.
    var floats: UnsafeMutablePointer<Float> {
        guard let address, type == .float32 else { preconditionFailure("a buffer of floats in a running program") }
        return address.assumingMemoryBound(to: Float.self)
    }

    /// The bits of its values, if they are bfloat16.
    var halves: UnsafeMutablePointer<UInt16> {
        guard let address, type == .bfloat16 else { preconditionFailure("a buffer of bfloat16 in a running program") }
        return address.assumingMemoryBound(to: UInt16.self)
    }

    /// Its values, if they are bytes.
    var bytes: UnsafeMutablePointer<Int8> {
        guard let address, type == .int8 else { preconditionFailure("a buffer of bytes in a running program") }
        return address.assumingMemoryBound(to: Int8.self)
    }

    func move(into memory: UnsafeMutableRawPointer) { address = memory + offset }
}
