/// How a text is built where it is code: counts of tokens that most languages share, damped by roots.
///
/// Models differ in how well they follow loops, strings and long arguments, and neither hashed words nor what the text looks
/// like (``SurfaceFeatures``) tells these apart. Nothing is parsed: a name followed by a bracket is a call in any language, and
/// blocks are told by their indents. Prose has few of all but names.
///
/// | values | what is counted |
/// |---|---|
/// | loops, branches, exits, definitions, logic | keywords of some twenty languages (``CodeWord``), and the signs `&& \|\| !` |
/// | calls, methods, chains | names right before a bracket, those of them after a point, and brackets closed before a point |
/// | indices, slices, lists, maps | `a[`, colons in it, other `[`, and `{` |
/// | elements | commas within brackets |
/// | brackets, blocks, nested loops | how deep brackets, indents, and loops at starts of lines are nested |
/// | strings, their bytes, the longest | what stands between quotes on one line |
/// | comparisons, assignments, updates, arithmetic | `==`, `=`, `+=`, and other operators |
/// | names, repeats | different names, and how often one comes again |
/// | code lines, the longest line | lines with a call, an operator or a brace; bytes |
/// | argument, its strings, its elements | bytes, bytes within quotes, and commas between the brackets of the last call |
/// | steps | (1 + nested loops) · √(1 + argument): about how much is to be followed |
public struct CodeFeatures: Hashable, Sendable {
    /// How many values there are.
    public static let count = 31

    /// The values in the order of the table, each at least 0.
    public let values: [Float]

    /// Values that were found before.
    ///
    /// - Precondition: There are ``count`` of them.
    init(values: [Float]) {
        precondition(values.count == Self.count, "a value of each kind")
        self.values = values
    }

    /// The features of `text` in UTF-8, of its last `bytesMax` bytes.
    ///
    /// - Complexity: O(bytes looked at).
    public init(of text: Span<UInt8>, bytesMax: Int = 16_384) {
        var counts = CodeCounts()
        for index in max(0, text.count - max(bytesMax, 0))..<text.count { counts.read(text[index]) }
        counts.end()
        let last = counts.brackets.lastCall
        let steps = Float(1 + counts.blocks.deepestLoop) * Float(1 + last.bytes).squareRoot()
        let numbers = [
            counts.words[.loop], counts.words[.branch], counts.words[.exit], counts.words[.definition],
            counts.words[.logic] + counts.logic,
            counts.brackets.calls, counts.methods, counts.chains,
            counts.brackets.indices, counts.slices, counts.brackets.lists, counts.brackets.maps,
            counts.brackets.elements, counts.brackets.deepest, counts.blocks.deepest, counts.blocks.deepestLoop,
            counts.strings, counts.stringBytes, counts.longestString,
            counts.comparisons, counts.assignments, counts.updates, counts.arithmetic,
            counts.names.count, counts.nameCount - counts.names.count,
            counts.codeLines, counts.longestLine,
            last.bytes, last.stringBytes, last.elements,
        ]
        values = numbers.map { Float($0).squareRoot() } + [steps.squareRoot()]
    }
}

/// What a keyword says of the code around it.
enum CodeWord: Int, CaseIterable {
    /// Goes around.
    case loop
    /// Goes one way or the other.
    case branch
    /// Leaves a loop or a function.
    case exit
    /// Names something new.
    case definition
    /// Joins conditions.
    case logic

    private var words: String {
        switch self {
        case .loop: "for while foreach loop repeat until"
        case .branch: "if elif else elsif elseif switch case when match unless catch except guard"
        case .exit: "return break continue yield throw raise pass"
        case .definition: "def func function fn fun sub proc lambda class struct"
        case .logic: "and or not in is"
        }
    }

    /// Keywords by the hashes that ``hash(_:_:)`` makes of them.
    static let byHash: [UInt64: CodeWord] = {
        var table: [UInt64: CodeWord] = [:]
        for kind in allCases {
            for word in kind.words.utf8.split(separator: UInt8(ascii: " ")) {
                table[word.reduce(emptyHash, hash)] = kind
            }
        }
        return table
    }()

    static let emptyHash: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The hash of a word that goes on with `byte`: FNV-1a.
    @inline(__always)
    static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

    /// How many words there were of each kind.
    struct Counts {
        private var counts = SIMD8<Int>.zero

        subscript(kind: CodeWord) -> Int {
            get { counts[kind.rawValue] }
            set { counts[kind.rawValue] = newValue }
        }
    }
}
