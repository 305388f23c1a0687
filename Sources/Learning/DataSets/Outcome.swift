public import Routing

/// What became of one prompt: how well each model that was asked has answered it.
public struct Outcome: Hashable, Sendable {
    /// The line's own name for the prompt.
    public let id: String
    /// What the router sees.
    public let prompt: String
    /// The score of each model that was asked, 0 to 1.
    public let scores: [String: Double]
    /// How many tokens each model wrote, where known.
    public let outputTokens: [String: Double]
    /// What kind of prompt it is; a label for training and reports, never a feature.
    public let task: String?
    /// Which part of a cross-validation it belongs to, 0 to 9; the text's own, unless the data names another one.
    public let fold: Int
    /// What was seen of the prompt when it was answered; `nil` where its text has to tell.
    public let evidence: PromptEvidence?
    /// Whether a model may have been trained on the prompt, so that its score says little.
    public let isContaminated: Bool

    /// How many folds there are.
    public static let foldCount = 10

    /// An outcome with all its parts; without `fold`, the text decides, or where there is none its hashed words.
    public init(
        id: String,
        prompt: String,
        scores: [String: Double],
        outputTokens: [String: Double] = [:],
        task: String? = nil,
        fold: Int? = nil,
        isContaminated: Bool = false,
        evidence: PromptEvidence? = nil
    ) {
        self.id = id
        self.prompt = prompt
        self.scores = scores
        self.outputTokens = outputTokens
        self.task = task
        self.fold = fold ?? Self.fold(of: prompt, evidence)
        self.isContaminated = isContaminated
        self.evidence = evidence
    }

    /// The fold that the text decides, whichever one the data names.
    var foldOfText: Int { Self.fold(of: prompt, evidence) }

    private static func fold(of prompt: String, _ evidence: PromptEvidence?) -> Int {
        (prompt.isEmpty ? evidence.map(fold) : nil) ?? fold(of: prompt)
    }

    /// A fold that depends on the text's letters and digits alone, so that the same question never stands on both sides.
    private static func fold(of prompt: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in prompt.utf8 {
            switch byte {
            case 65...90: hash = (hash ^ UInt64(byte + 32)) &* 0x100_0000_01b3
            case 48...57, 97...122, 0x80...: hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            default: break
            }
        }
        return Int((hash ^ hash >> 32) % UInt64(foldCount))
    }

    /// The same of a text that was not kept: equal texts have equal words.
    private static func fold(of evidence: PromptEvidence) -> Int {
        let hash = evidence.words.buckets.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return Int((hash ^ hash >> 32) % UInt64(foldCount))
    }
}
