internal import Domain

/// The English words that say something about a prompt, found by hash in a few nanoseconds.
///
/// Words are folded to lower-case ASCII and hashed by FNV-1a with 64 bits; the table is open-addressed and under a
/// quarter full, so that a word which is not in it costs about one comparison.
struct Vocabulary: Sendable {
    /// What a word says.
    struct Mark: Sendable {
        /// It asks for thought: a verb of reasoning or of making.
        var isDemand = false
        /// It limits the answer.
        var isConstraint = false
        /// Votes for capabilities, by ``Domain/Capability/ordinal``.
        var votes = SIMD8<Int32>.zero
    }

    private struct Entry: Sendable {
        var hash: UInt64 = 0
        var mark = Mark()
    }

    static let english = Vocabulary()
    static let emptyHash: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let size = 2048

    private var entries = [Entry](repeating: Entry(), count: size)

    /// The hash of a word that goes on with `letter`, lower-case.
    @inline(__always)
    static func hash(_ hash: UInt64, _ letter: UInt8) -> UInt64 { (hash ^ UInt64(letter)) &* 0x100_0000_01b3 }

    /// What the word with this hash says, if anything.
    @inline(__always)
    subscript(hash: UInt64) -> Mark? {
        var place = Self.place(of: hash)
        while entries[place].hash != 0 {
            if entries[place].hash == hash { return entries[place].mark }
            place = (place + 1) % Self.size
        }
        return nil
    }

    private static func place(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash ^ hash >> 32) & (size - 1) }

    private init() {
        mark(Self.demands) { $0.isDemand = true }
        mark(Self.constraints) { $0.isConstraint = true }
        for (capability, weight, words) in Self.votes { mark(words) { $0.votes[capability.ordinal] = weight } }
    }

    private mutating func mark(_ words: String, _ change: (inout Mark) -> Void) {
        for word in words.utf8.split(whereSeparator: { $0 == 32 || $0 == 10 }) {
            let hash = word.reduce(Self.emptyHash) { Self.hash($0, $1) }
            var place = Self.place(of: hash)
            while entries[place].hash != 0, entries[place].hash != hash { place = (place + 1) % Self.size }
            entries[place].hash = hash
            change(&entries[place].mark)
        }
    }
}

extension Vocabulary {
    private static let demands = """
        analyse analyze architect architecture argue assess calculate classify compare contrast critique debug deduce
        derive design determine develop diagnose discuss estimate evaluate evaluation examine explain formulate
        implement infer integrate interpret investigate justify model optimise optimize plan predict proof prove
        reason reasoning recommend reconcile refactor refute simulate solve step strategy synthesise synthesize trade
        tradeoff tradeoffs verify why
        """

    private static let constraints = """
        always assume avoid between constraint constraints ensure every exactly except given least limit maximum
        minimum most must never only required requirement requirements satisfy should subject unless using without
        """

    private static let votes: [(Capability, Int32, String)] = [
        (
            .codeGeneration, 3,
            """
            api bash bug class code codebase coding compile compiler css debug docker function golang html
            implement java javascript json kotlin kubernetes php program programming python react refactor regex ruby
            rust script sql stacktrace swift typescript unittest yaml
            """
        ),
        (
            .codeGeneration, 2,
            "assert bool const def elif import int len lambda namespace null printf println return str struct void"
        ),
        (.translation, 6, "translate translated translation"),
        (
            .translation, 2,
            """
            arabic chinese dutch english french german hindi italian japanese korean polish portuguese russian spanish
            swedish turkish ukrainian
            """
        ),
        (
            .summarization, 5,
            "summarise summarize summarised summarized summary tldr condense abridge gist recap shorten"
        ),
        (
            .creativeWriting, 4,
            """
            ballad fable fairytale fiction haiku limerick lyrics novel playwright poem poetry rhyme screenplay slogan
            sonnet story storyline tagline tale
            """
        ),
        (.creativeWriting, 2, "character creative dialogue imagine invent plot scene song"),
        (
            .analysis, 3,
            """
            analyse analysis analyze assess compare comparison contrast correlation critique dataset evaluate
            evaluation examine forecast interpret metrics statistics survey trend trends
            """
        ),
        (
            .complexReasoning, 3,
            """
            calculate deduce derive equation infer integral lemma logic logical math mathematics paradox probability
            proof prove puzzle reason reasoning riddle solve theorem
            """
        ),
        (.complexReasoning, 1, "because if step steps suppose therefore why"),
        (.simpleQA, 2, "who whom whose when where which define definition capital"),
        (.simpleQA, 1, "what how is are does did"),
    ]
}
