public import Domain

/// A prompt with gaps: `Write a haiku about {topic}`.
public struct PromptTemplate: Hashable, Sendable {
    private enum Piece: Hashable {
        case words(String)
        case gap(PromptVariable)
    }

    /// The text as written, with its gaps: the template's name.
    public let pattern: String
    private let pieces: [Piece]

    /// Reads `pattern`; `nil` if a brace has no partner or encloses what isn't the name of a ``PromptVariable``.
    ///
    /// A template that could leave a gap unfilled can't be made, so no prompt has one.
    public init?(_ pattern: String) {
        var pieces: [Piece] = []
        var rest = Substring(pattern)
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}"),
                let variable = PromptVariable(rawValue: String(rest[rest.index(after: open)..<close]))
            else { return nil }
            if open > rest.startIndex { pieces.append(.words(String(rest[..<open]))) }
            pieces.append(.gap(variable))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.words(String(rest))) }
        guard !rest.contains("}") else { return nil }
        self.pattern = pattern
        self.pieces = pieces
    }

    /// How many different prompts it makes, or a million million if there are more.
    public var capacity: Int {
        var used: [PromptVariable: Int] = [:]
        return pieces.reduce(1) { count, piece in
            guard case .gap(let variable) = piece else { return count }
            defer { used[variable, default: 0] += 1 }
            let values = max(0, variable.values.count - used[variable, default: 0])
            return min(count * values, 1_000_000_000_000)
        }
    }

    /// One of its prompts, each as likely as the others; gaps of one variable get different values.
    public func filled(using generator: inout SeededGenerator) -> String {
        var used: Set<String> = []
        return pieces.reduce(into: "") { text, piece in
            switch piece {
            case .words(let words): text += words
            case .gap(let variable):
                let value = variable.values.filter { !used.contains($0) }.randomElement(using: &generator) ?? ""
                used.insert(value)
                text += value
            }
        }
    }
}
