internal import Glibc
internal import HTTP

/// Which of a model's files has which of its tensors, where they are too many for one file.
///
///     {"metadata": {"total_size": 123}, "weight_map": {"a.weight": "model-00001-of-00002.safetensors"}}
public struct SafetensorsIndex: Hashable, Sendable {
    /// What the file with the index is called.
    public static let name = "model.safetensors.index.json"

    /// For each tensor the name of its file, which is in the index's folder.
    public let places: [String: String]
    /// The files' names, in order.
    public let files: [String]

    private static let bytesMax = 64 << 20
    private static let filesMax = 1000

    /// The index of a model's folder; `nil` where all its weights are in one file, or it has none.
    ///
    /// - Throws: ``FileError/inaccessible(path:code:)`` and ``FileError/malformed(reason:)``.
    public init?(folder: String) throws(FileError) {
        guard access("\(folder)/model.safetensors", F_OK) != 0 else { return nil }
        guard let text = try FileBytes.read("\(folder)/\(Self.name)", bytesMax: Self.bytesMax) else { return nil }
        do {
            places = try Self.places(in: JSONDocument(parsing: text, depthMax: 8))
        } catch let error as FileError {
            throw error
        } catch {
            throw .malformed(reason: "\(Self.name): \((error as? JSONError)?.message ?? "it can't be read")")
        }
        files = Set(places.values).sorted()
        guard 1...Self.filesMax ~= files.count else {
            throw .malformed(reason: "\(Self.name) names \(files.count) files, not 1 to \(Self.filesMax)")
        }
    }

    private static func places(in index: JSONDocument) throws -> [String: String] {
        guard let map = index["weight_map"], map.kind == .object else {
            throw FileError.malformed(reason: "\(name) has no weight_map")
        }
        var places: [String: String] = [:]
        for member in index.members(of: map) {
            guard let tensor = try index.string(of: member.key), let file = try index.string(of: member.value) else {
                throw FileError.malformed(reason: "\(name): the file of a tensor is not a text")
            }
            // A name, and no way out of the folder.
            guard file.hasSuffix(".safetensors"), !file.hasPrefix("."), !file.contains("/"), !file.contains("\0") else {
                throw FileError.malformed(reason: "\(name): “\(file)” is not the name of a file beside it")
            }
            places[tensor] = file
        }
        return places
    }
}
