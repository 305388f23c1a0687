import Foundation
import Neural
import TextEncoding

extension TransformerEncoder {
    /// Writes a folder that ``Encoder`` reads: this encoder's weights, and all else as the folder that it came from has it.
    ///
    /// - Throws: ``FileError`` for weights that can't be read or written, and what Foundation throws for other files.
    public func write(from source: String, to folder: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let names = ["config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "merges.txt"]
        for name in names where files.fileExists(atPath: "\(source)/\(name)") {
            try? files.removeItem(atPath: "\(folder)/\(name)")
            try files.copyItem(atPath: "\(source)/\(name)", toPath: "\(folder)/\(name)")
        }
        try Self.forbidPruning(in: "\(folder)/config.json")
        let file = try SafetensorsFile(folder: source)
        let trained = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
        var tensors: [String: Safetensors.Tensor] = [:]
        for (name, tensor) in file.tensors where trained[Self.modern(name)] == nil {
            tensors[name] = Safetensors.Tensor(shape: tensor.shape, values: try file.floats(name))
        }
        for (name, value) in trained {
            // Vectors have one dimension in these files.
            let isVector = value.rows == 1 && file.tensors[name]?.shape.count != 2
            tensors[name] = isVector ? Safetensors.Tensor(value.values) : Safetensors.Tensor(value)
        }
        try Safetensors.write(tensors, metadata: ["format": "pt"], to: "\(folder)/model.safetensors")
    }

    /// Has the model be read as it was trained: by all of a text's tokens.
    private static func forbidPruning(in path: String) throws {
        let url = URL(filePath: path)
        guard var members = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] else {
            return
        }
        members["token_pruning"] = false
        let text = try JSONSerialization.data(withJSONObject: members, options: [.prettyPrinted, .sortedKeys])
        try text.write(to: url, options: .atomic)
    }

    /// The present name of what old files call gamma and beta.
    private static func modern(_ name: String) -> String {
        if name.hasSuffix(".gamma") { return name.dropLast(5) + "weight" }
        if name.hasSuffix(".beta") { return name.dropLast(4) + "bias" }
        return name
    }
}
