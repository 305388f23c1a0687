/// A file of named tensors, or several as one, in Hugging Face's format: 8 bytes that say how long the header is, the header, the numbers.
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
        /// Which of the files it is in.
        var file = 0
    }

    /// The tensors by their names.
    public let tensors: [String: Tensor]
    /// What the writer noted besides.
    public let metadata: [String: String]
    private let files: [MappedFile]

    /// Opens a file and checks all of its header.
    ///
    /// - Throws: ``FileError/inaccessible(path:code:)`` and ``FileError/malformed(reason:)``.
    public init(path: String) throws(FileError) {
        let file = try MappedFile(path: path)
        let header = try SafetensorsHeader(file.bytes)
        (tensors, metadata, files) = (header.tensors, header.metadata, [file])
    }

    /// Opens the weights of a model's folder: `model.safetensors`, or else the files that its index names.
    ///
    /// - Throws: ``FileError/inaccessible(path:code:)``, ``FileError/malformed(reason:)`` and, where a file lacks what the index
    ///   says is there, ``FileError/missing(tensor:)``.
    public convenience init(folder: String) throws(FileError) {
        if let index = try SafetensorsIndex(folder: folder) {
            try self.init(index, in: folder)
        } else {
            try self.init(path: "\(folder)/model.safetensors")
        }
    }

    private init(_ index: SafetensorsIndex, in folder: String) throws(FileError) {
        var (tensors, metadata, files): ([String: Tensor], [String: String], [MappedFile]) = ([:], [:], [])
        for name in index.files {
            let file = try MappedFile(path: "\(folder)/\(name)")
            let header = try SafetensorsHeader(file.bytes)
            for (tensor, place) in header.tensors where index.places[tensor] == name {
                tensors[tensor] = Tensor(type: place.type, shape: place.shape, range: place.range, file: files.count)
            }
            metadata.merge(header.metadata) { first, _ in first }
            files.append(file)
        }
        if let lost = index.places.keys.sorted().first(where: { tensors[$0] == nil }) { throw .missing(tensor: lost) }
        (self.tensors, self.metadata, self.files) = (tensors, metadata, files)
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
        return tensor.type.floats(UnsafeRawBufferPointer(rebasing: files[tensor.file].bytes[tensor.range]))
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
