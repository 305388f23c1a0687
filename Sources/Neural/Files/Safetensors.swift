internal import Glibc
internal import HTTP

/// Writes tensors in Hugging Face's format.
public enum Safetensors {
    /// Floats with a shape, as they are to be stored.
    public struct Tensor: Hashable, Sendable {
        /// How many numbers there are in each dimension.
        public let shape: [Int]
        /// The numbers in row-major order.
        public let values: [Float]
        /// Whether they are stored as 16-bit floats, to three digits and below 65,520, in half the room.
        public let isHalf: Bool

        /// A tensor of any shape.
        ///
        /// - Precondition: There are as many values as the shape says.
        public init(shape: [Int], values: [Float], isHalf: Bool = false) {
            precondition(shape.reduce(1, *) == values.count, "a tensor has as many values as its shape says")
            self.shape = shape
            self.values = values
            self.isHalf = isHalf
        }

        /// How its numbers are stored.
        var type: ScalarType { isHalf ? .float16 : .float32 }

        /// A tensor of two dimensions.
        public init(_ matrix: Matrix, isHalf: Bool = false) {
            self.init(shape: [matrix.rows, matrix.columns], values: matrix.values, isHalf: isHalf)
        }

        /// A tensor of one dimension.
        public init(_ values: [Float]) { self.init(shape: [values.count], values: values) }
    }

    /// Writes a file of tensors: to a file beside it that then takes its place, so that nobody reads half of it.
    ///
    /// The same tensors give the same bytes: their order is that of their names.
    ///
    /// - Throws: ``FileError/inaccessible(path:code:)``.
    public static func write(
        _ tensors: [String: Tensor],
        metadata: [String: String] = [:],
        to path: String
    ) throws(FileError) {
        var bytes = header(of: tensors, metadata: metadata)
        bytes.reserveCapacity(bytes.count + tensors.values.reduce(0) { $0 + $1.type.size * $1.values.count })
        for (_, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            // Little-endian, as every machine that this is built for.
            if tensor.isHalf {
                tensor.values.map { Float16($0) }.withUnsafeBytes { bytes += $0 }
            } else {
                tensor.values.withUnsafeBytes { bytes += $0 }
            }
        }
        try write(bytes, to: path)
    }

    /// The header, with its length before it and blanks behind, so that the numbers begin at a multiple of 8.
    private static func header(of tensors: [String: Tensor], metadata: [String: String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { header in
            if !metadata.isEmpty {
                header.object("__metadata__") { object in
                    for (key, text) in metadata.sorted(by: { $0.key < $1.key }) {
                        object.key(named: key)
                        object.value(text)
                    }
                }
            }
            var offset = 0
            for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
                header.key(named: name)
                header.object { object in
                    object.member("dtype", tensor.type.rawValue)
                    object.array("shape") { shape in for dimension in tensor.shape { shape.value(dimension) } }
                    object.array("data_offsets") { offsets in
                        offsets.value(offset)
                        offsets.value(offset + tensor.type.size * tensor.values.count)
                    }
                }
                offset += tensor.type.size * tensor.values.count
            }
        }
        var text = writer.bytes
        text += repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let draft = "\(path).\(getpid()).draft"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .inaccessible(path: draft, code: errno) }
        var code: Int32 = 0
        var written = 0
        while written < bytes.count, code == 0 {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { written += count } else if errno != EINTR { code = errno }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        close(descriptor)
        if code == 0, rename(draft, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(draft)
            throw .inaccessible(path: path, code: code)
        }
    }
}
