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

extension HumanEvalPlus {
    /// The program that tells whether `answer` is right: it ends with status 0 if so.
    ///
    /// An answer that defines the function stands for itself, behind the prompt's imports and helpers; any other goes on where
    /// the prompt ends. What follows the function, such as further text or a call of its own, stays in: it may fail.
    public func program(with answer: String) -> String {
        let code = CodeAnswer.code(in: answer)
        let isWhole = code.contains("def \(entryPoint)(")
        let solution = isWhole ? prompt + "    pass\n\n" + code : prompt + Self.indented(code)
        return "\(solution)\n\n\(test)\n\ncheck(\(entryPoint))\n"
    }

    /// A function's body, moved in where the model has left the indentation out.
    private static func indented(_ code: String) -> String {
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first(where: { !$0.allSatisfy(\.isWhitespace) }), first.first?.isWhitespace == false
        else { return code }
        return lines.map { "    \($0)" }.joined(separator: "\n")
    }
}
