/// Brackets, what they are for, and what stands in them.
struct CodeBrackets {
    /// What a bracket opens.
    enum Kind {
        case call
        case index
        case list
        case map
        case group

        init(_ bracket: UInt8, isAfterValue: Bool) {
            switch bracket {
            case UInt8(ascii: "("): self = isAfterValue ? .call : .group
            case UInt8(ascii: "["): self = isAfterValue ? .index : .list
            default: self = .map
            }
        }
    }

    /// What stands between the brackets of a call.
    struct Argument {
        var bytes = 0
        var stringBytes = 0
        var elements = 0
    }

    private(set) var calls = 0
    private(set) var indices = 0
    private(set) var lists = 0
    private(set) var maps = 0
    private(set) var elements = 0
    private(set) var deepest = 0
    /// Of the call whose bracket closed last.
    private(set) var lastCall = Argument()

    private var stack: [(kind: Kind, start: Argument)] = []

    /// Whether the innermost bracket is an index.
    var isIndex: Bool { stack.last?.kind == .index }

    mutating func open(_ kind: Kind, at offset: Int, stringBytes: Int) {
        switch kind {
        case .call: calls += 1
        case .index: indices += 1
        case .list: lists += 1
        case .map: maps += 1
        case .group: break
        }
        stack.append((kind, Argument(bytes: offset + 1, stringBytes: stringBytes, elements: elements)))
        deepest = max(deepest, stack.count)
    }

    mutating func close(at offset: Int, stringBytes: Int) {
        guard let (kind, start) = stack.popLast(), kind == .call else { return }
        lastCall = Argument(
            bytes: offset - start.bytes,
            stringBytes: stringBytes - start.stringBytes,
            elements: elements - start.elements
        )
    }

    /// A comma.
    mutating func separate() {
        if !stack.isEmpty { elements += 1 }
    }
}

/// Blocks by the indents of their lines, and the loops among them.
struct CodeBlocks {
    private(set) var deepest = 0
    private(set) var deepestLoop = 0

    /// The indents of the blocks that the line is in, the outermost first.
    private var indents: [Int] = []
    /// The indents of the lines that the loops around this line start.
    private var loops: [Int] = []
    private var indent = 0
    /// Nothing but blanks so far on this line.
    private(set) var isAtStart = true

    mutating func readBlank() {
        if isAtStart { indent += 1 }
    }

    /// The first byte of a line that is no blank says which blocks have ended.
    mutating func readOther() {
        guard isAtStart else { return }
        isAtStart = false
        while let last = indents.last, last > indent { indents.removeLast() }
        if indent > indents.last ?? 0 { indents.append(indent) }
        deepest = max(deepest, indents.count)
        while let last = loops.last, last >= indent { loops.removeLast() }
    }

    mutating func openLoop() {
        loops.append(indent)
        deepestLoop = max(deepestLoop, loops.count)
    }

    mutating func endLine() {
        isAtStart = true
        indent = 0
    }
}
