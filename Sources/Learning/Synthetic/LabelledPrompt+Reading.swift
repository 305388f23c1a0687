import Domain
import HTTP

extension LabelledPrompt {
    /// Reads class data: a JSON object a line, with `prompt` and `label`, and perhaps `id`, `tier` and `origin`.
    ///
    /// - Throws: ``DataError``; a line that can't be read is named, none is passed over.
    public static func read(path: String) throws(DataError) -> [LabelledPrompt] {
        var prompts: [LabelledPrompt] = []
        for line in JSONLines(try DataSetFile.bytes(at: path), file: path) {
            let line = try line.get()
            prompts.append(
                LabelledPrompt(
                    id: try line.optionalText("id") ?? "\(line.number)",
                    prompt: try line.text("prompt"),
                    label: try line.text("label"),
                    tier: try line.optionalText("tier").map(Tier.init),
                    origin: try line.optionalText("origin")
                )
            )
        }
        guard !prompts.isEmpty else { throw .empty(path: path) }
        return prompts
    }

    /// Whether the first line of the file at `path` is of class data, rather than an outcome.
    ///
    /// - Throws: ``DataError`` if it can't be read.
    public static func isClassData(path: String) throws(DataError) -> Bool {
        var lines = JSONLines(try DataSetFile.bytes(at: path), file: path)
        return try lines.next()?.get().object["label"] != nil
    }
}
