/// The code in what a model says.
public enum CodeAnswer {
    /// What is in the first fence of Markdown that has a definition, else in the first fence, else all of it.
    public static func code(in answer: String) -> String {
        var blocks: [String] = []
        var block: [Substring]?
        for line in answer.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                if let lines = block { blocks.append(lines.joined(separator: "\n")) }
                block = block == nil ? [] : nil
            } else {
                block?.append(line)
            }
        }
        // A fence that a limit on tokens has left open.
        if let lines = block { blocks.append(lines.joined(separator: "\n")) }
        return blocks.first { $0.contains("def ") } ?? blocks.first ?? answer
    }
}
