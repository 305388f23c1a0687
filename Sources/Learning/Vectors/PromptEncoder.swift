public import Neural
public import Routing
internal import TextEncoding

/// Finds what is known of prompts: from their text, from an encoder where there is one, and from a cache of what it said.
public struct PromptEncoder {
    private let encoder: Encoder?
    private var cache: VectorCache?
    private let layers: [Int]

    /// An encoder of prompts.
    ///
    /// - Parameters:
    ///   - folder: The encoder's, as Hugging Face's libraries write it; `nil` for the text's features alone.
    ///   - layers: The layers to ask for.
    ///   - precision: What it computes in: float32 to learn from, as what is learned should not depend on the processor;
    ///     `nil` for what suits it.
    ///   - prunesTokens: Whether it leaves out tokens as a gateway does (``Encoder/prunesTokens``): not to learn from.
    ///   - cachePath: A file that keeps what the encoder says, in float32 of all tokens; `nil` for none.
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public init(
        folder: String?,
        layers: [Int] = FeatureVector.layers,
        precision: Precision? = .float32,
        prunesTokens: Bool = false,
        cachePath: String? = nil
    ) throws(DataError) {
        self.layers = layers
        guard let folder else {
            encoder = nil
            return
        }
        do {
            encoder = try Encoder(
                folder: folder,
                options: .init(precision: precision, layersMax: layers.max() ?? 0, prunesTokens: prunesTokens)
            )
        } catch {
            throw .unreadable(path: folder, reason: error.message)
        }
        if let cachePath, let encoder { cache = try VectorCache(path: cachePath, layers: layers, of: encoder) }
    }

    /// Makes the encoder ready for prompts of every length, so that each takes the time that it takes from then on.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)`` if the processor can't compute what the encoder needs.
    public func prepare() throws(DataError) {
        do { try encoder?.prepare(callers: 1) } catch { throw .unreadable(path: "the encoder", reason: error.message) }
    }

    /// What is known of the prompt of each outcome: what was kept with it, or else what its text tells.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)`` if the cache can't be written.
    public mutating func evidence(
        of outcomes: [Outcome],
        progress: (Int) -> Void = { _ in }
    ) throws(DataError) -> [PromptEvidence] {
        let kept = outcomes.map(\.evidence)
        let unread = zip(outcomes, kept).filter { $1 == nil }.map(\.0.prompt)
        let count = outcomes.count - unread.count
        var read = try evidence(of: unread) { progress(count + $0) }[...]
        return kept.compactMap { $0 ?? read.popFirst() }
    }

    /// What is known of each of `prompts`; `progress` is told how many are done.
    ///
    /// A prompt that the encoder can't read has the features of its text alone.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)`` if the cache can't be written.
    public mutating func evidence(
        of prompts: [String],
        progress: (Int) -> Void = { _ in }
    ) throws(DataError) -> [PromptEvidence] {
        var isChanged = false
        var evidence: [PromptEvidence] = []
        for (index, prompt) in prompts.enumerated() {
            var states = cache?.states(of: prompt)
            if states == nil, let encoder, let vectors = try? encoder.encode(prompt, layers: layers) {
                let encoded = Dictionary(uniqueKeysWithValues: zip(layers, vectors))
                cache?.keep(encoded, of: prompt)
                states = encoded
                isChanged = true
            }
            evidence.append(PromptEvidence(of: prompt, layers: states ?? [:]))
            progress(index + 1)
        }
        if isChanged { try cache?.save() }
        return evidence
    }
}
