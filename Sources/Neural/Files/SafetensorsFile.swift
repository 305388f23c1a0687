/// A file of named tensors, in Hugging Face's format: 8 bytes that say how long the header is, the header, the numbers.
///
/// The header is a JSON object of names, each with a type, a shape and the place of its numbers. Everything it says is
/// checked when the file is opened, so that nothing is read from outside of it, whatever the file holds.
/// <https://huggingface.co/docs/safetensors>.
public final class SafetensorsFile: Sendable {
    /// What the file says of a tensor.
    public struct Tensor: Hashable, Sendable {
        /// How its numbers are stored.
        public let type: ScalarType
        /// How many there are in each dimension; empty for a single number.
        public let shape: [Int]
        /// Where its bytes are in the file.
        let range: Range<Int>
    }

    /// The tensors by their names.
    public let tensors: [String: Tensor]
    /// What the writer noted besides.
    public let metadata: [String: String]
    private let file: MappedFile

    /// Opens a file and checks all of its header.
    ///
    /// - Throws: ``FileError/inaccessible(path:code:)`` and ``FileError/malformed(reason:)``.
    public init(path: String) throws(FileError) {
        file = try MappedFile(path: path)
        let header = try SafetensorsHeader(file.bytes)
        tensors = header.tensors
        metadata = header.metadata
    }

    /// Reads a tensor of any type.
    ///
    /// - Parameters:
    ///   - name: The tensor's name.
    ///   - shape: The shape it must have; `nil` takes any.
    /// - Returns: Its numbers as floats, in row-major order.
    /// - Throws: ``FileError/missing(tensor:)`` and ``FileError/shape(tensor:found:wanted:)``.
    public func floats(_ name: String, shape: [Int]? = nil) throws(FileError) -> [Float] {
        guard let tensor = tensors[name] else { throw .missing(tensor: name) }
        if let shape, shape != tensor.shape { throw .shape(tensor: name, found: tensor.shape, wanted: shape) }
        return tensor.type.floats(UnsafeRawBufferPointer(rebasing: file.bytes[tensor.range]))
    }

    /// Reads a tensor of two dimensions, which must have the rows and columns that are given.
    ///
    /// - Throws: As ``floats(_:shape:)``.
    public func matrix(_ name: String, rows: Int? = nil, columns: Int? = nil) throws(FileError) -> Matrix {
        guard let tensor = tensors[name] else { throw .missing(tensor: name) }
        let found = tensor.shape
        guard found.count == 2, rows ?? found[0] == found[0], columns ?? found[1] == found[1] else {
            throw .shape(tensor: name, found: found, wanted: [rows ?? -1, columns ?? -1])
        }
        return Matrix(rows: found[0], columns: found[1], values: try floats(name))
    }
}
