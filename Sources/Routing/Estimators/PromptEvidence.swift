/// What is known of a prompt before any model has seen it.
public struct PromptEvidence: Hashable, Sendable {
    /// What one pass over the text counts.
    public let features: PromptFeatures
    /// What the text and its end look like.
    public let surface: SurfaceFeatures
    /// How it is built where it is code; `nil` for evidence that was kept before this was looked at.
    public let code: CodeFeatures?
    /// The text's words and pairs of words, hashed.
    public let words: HashedWords
    /// The encoder's hidden states, averaged over the prompt's word pieces, by layer: 0 is the embeddings' output.
    ///
    /// Empty where no encoder ran, or where it had no time.
    public let layers: [Int: [Float]]
    /// How likely each label is, by the names of the classifiers that were asked, in the order of their labels.
    public let labels: [String: [Float]]

    /// The evidence in `text`, and what an encoder and classifiers made of it.
    ///
    /// - Parameters:
    ///   - text: The prompt in UTF-8; any bytes will do.
    ///   - layers: Averaged hidden states by layer, if an encoder ran.
    ///   - labels: The probabilities of labels by classifier, if any ran.
    ///   - bytesMax: Bytes after this many are not looked at, so that the time is bounded.
    /// - Complexity: O(bytes looked at).
    public init(
        of text: Span<UInt8>,
        layers: [Int: [Float]] = [:],
        labels: [String: [Float]] = [:],
        bytesMax: Int = 16_384
    ) {
        features = PromptFeatures(of: text, bytesMax: bytesMax)
        surface = SurfaceFeatures(of: text, bytesMax: bytesMax)
        code = CodeFeatures(of: text, bytesMax: bytesMax)
        words = HashedWords(of: text, bytesMax: bytesMax)
        self.layers = layers
        self.labels = labels
    }

    /// Evidence that was found before.
    init(
        features: PromptFeatures,
        surface: SurfaceFeatures,
        code: CodeFeatures?,
        words: HashedWords,
        layers: [Int: [Float]]
    ) {
        (self.features, self.surface, self.code, self.words, self.layers) = (features, surface, code, words, layers)
        labels = [:]
    }

    /// The evidence in `text`; bytes after `bytesMax` are not looked at.
    public init(
        of text: String,
        layers: [Int: [Float]] = [:],
        labels: [String: [Float]] = [:],
        bytesMax: Int = 16_384
    ) {
        self.init(of: text.utf8.span, layers: layers, labels: labels, bytesMax: bytesMax)
    }
}
