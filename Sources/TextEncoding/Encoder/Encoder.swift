public import Neural
internal import Synchronization

/// A model of the BERT family: text to vectors, or to labels where it has a head for them.
///
/// It reads the folder as Hugging Face's libraries write it: `config.json`, `model.safetensors` or the files that its index names,
/// and the tokenizer's files.
/// BERT, MiniLM, DistilBERT, RoBERTa, CodeBERT and ModernBERT differ in names and details; what is computed is theirs
/// to the last step. Any number of threads may use one at a time: weights are shared, the rest is each call's own.
public final class Encoder: Sendable {
    /// How an encoder is to read and compute.
    public struct Options: Hashable, Sendable {
        /// What products are computed in; `nil` for what suits the processor.
        public var precision: Precision?
        /// The most tokens that are read of a text, those that frame it included; never more than the model knows.
        public var tokensMax: Int
        /// How many of them come from the end of a longer text.
        public var tailTokens: Int
        /// The highest layer that is loaded; `nil` for all, without which there is no head.
        public var layersMax: Int?
        /// Whether ``Encoder/encode(_:layers:)-(String,_)`` prunes tokens; never for a model whose `config.json` has
        /// `"token_pruning": false`.
        public var prunesTokens: Bool

        /// By default as many tokens as a prompt needs to be judged, half of them from its end.
        public init(
            precision: Precision? = nil,
            tokensMax: Int = 128,
            tailTokens: Int? = nil,
            layersMax: Int? = nil,
            prunesTokens: Bool = false
        ) {
            self.precision = precision
            self.layersMax = layersMax
            self.prunesTokens = prunesTokens
            self.tokensMax = tokensMax
            self.tailTokens = tailTokens ?? tokensMax / 2
        }
    }

    /// How many layers there are behind the embeddings, whose output counts as layer 0; those that are loaded.
    public var layerCount: Int { weights.layers.count }
    /// How many values a vector has.
    public var vectorSize: Int { configuration.hidden }
    /// The names of the head's labels, in the order of their probabilities; empty without a head.
    public var labels: [String] { head == nil ? [] : configuration.head.labels }
    /// Whether a text may have several labels, or none, instead of exactly one.
    public var isMultiLabel: Bool { configuration.head.isMultiLabel }
    /// What products are computed in.
    public let precision: Precision
    /// Whether long texts go on with part of their tokens behind the first layer's attention: with every other one of more
    /// than 32, with one of three of more than 48.
    ///
    /// It has told each token of all others, so the means of layers differ little, and two layers take two fifths of the time.
    /// Goyal et al., "PoWER-BERT", 2020, choose tokens by their weight in attention; for means any others do.
    public let prunesTokens: Bool

    private let configuration: EncoderConfiguration
    private let tokenizer: Tokenizer
    private let weights: EncoderWeights
    private let head: ClassificationHead?
    private let truncation: Truncation
    private let tokensMax: Int
    private let workers = Mutex<[EncoderWorker]>([])

    /// Reads a model's folder.
    ///
    /// - Throws: The first thing that is wrong, with the file and the field or tensor that it is in.
    /// - Complexity: O(n) in the size of the weights; a tenth of a second for MiniLM's 90 MB.
    public init(folder: String, options: Options = Options()) throws(EncoderError) {
        guard let text = try Self.file("config.json", in: folder) else { throw .missing(file: "config.json") }
        configuration = try EncoderConfiguration(json: text)
        precision = options.precision ?? .automatic
        guard precision.isSupported else { throw .kernel(.unsupported(precision)) }
        prunesTokens = options.prunesTokens && configuration.allowsPruning
        tokensMax = min(max(1, options.tokensMax), configuration.positions, Self.tokensLimit)
        truncation = .headAndTail(tokensMax, tail: options.tailTokens)
        tokenizer = try Self.tokenizer(in: folder)
        let reader = try WeightReader(
            folder: folder,
            prefixes: ["bert.", "distilbert.", "roberta.", "model."],
            marker: configuration.family == .modernbert
                ? "embeddings.tok_embeddings.weight" : "embeddings.word_embeddings.weight",
            precision: precision
        )
        let layers = min(max(0, options.layersMax ?? .max), configuration.layers)
        weights = try EncoderWeights(reader, configuration, layers: layers, tokensMax: Program.rows(for: tokensMax))
        head = layers < configuration.layers ? nil : try ClassificationHead(reader, configuration)
        try checkTokenizer()
    }

    /// Attention takes memory for each pair of tokens: more than these are no prompt's need.
    private static let tokensLimit = 4096

    private static func file(_ name: String, in folder: String) throws(EncoderError) -> [UInt8]? {
        do { return try FileBytes.read("\(folder)/\(name)", bytesMax: 1 << 28) } catch { throw .unreadable(error) }
    }

    private static func tokenizer(in folder: String) throws(EncoderError) -> Tokenizer {
        do {
            return try Tokenizer { name in try file(name, in: folder) }
        } catch let error as TokenizerError {
            throw .tokenizer(error)
        } catch let error as EncoderError {
            throw error
        } catch {
            throw .tokenizer(.noVocabulary)
        }
    }

    /// Each token has a row in the tables.
    private func checkTokenizer() throws(EncoderError) {
        guard tokenizer.vocabularyCount <= configuration.vocabulary else {
            throw .contradiction(
                reason: "the tokenizer has \(tokenizer.vocabularyCount) tokens, the model \(configuration.vocabulary)"
            )
        }
        let frame = tokenizer.encode("a")
        guard frame.ids.count - frame.textTokenCount < tokensMax else {
            throw .contradiction(reason: "\(tokensMax) tokens leave no room for a text")
        }
        if let types = weights.types, let type = frame.typeIDs.max(), type >= types.rows {
            throw .contradiction(reason: "the tokenizer has segment \(type), the model has \(types.rows)")
        }
    }
}

extension Encoder {
    /// The means of all tokens' vectors in the layers that are asked for, or of those that ``prunesTokens`` leaves; layers
    /// above the highest aren't computed.
    ///
    /// - Parameters:
    ///   - text: Any text; of a long one its beginning and its end.
    ///   - layers: From 0, the embeddings' output, to ``layerCount``, in any order.
    /// - Returns: A vector for each of `layers`; zeros for a text without tokens.
    /// - Throws: ``EncoderError/noSuchLayer(_:count:)``, ``EncoderError/notFinite`` and ``EncoderError/kernel(_:)``.
    public func encode(_ text: String, layers: [Int]) throws(EncoderError) -> [[Float]] {
        try vectors(of: text, layers: layers, prunes: prunesTokens) { $0.mean }
    }

    /// The same for several texts: one after another, since a product of few rows is as fast, and none is padded.
    ///
    /// - Returns: For each text, a vector for each of `layers`.
    /// - Throws: As ``encode(_:layers:)-(String,_)``.
    public func encode(_ texts: [String], layers: [Int]) throws(EncoderError) -> [[[Float]]] {
        var vectors: [[[Float]]] = []
        for text in texts { vectors.append(try encode(text, layers: layers)) }
        return vectors
    }

    /// The vectors of a text's first token, which models that classify were trained to sum it up in.
    ///
    /// - Throws: As ``encode(_:layers:)-(String,_)``.
    public func encodeFirstToken(_ text: String, layers: [Int]) throws(EncoderError) -> [[Float]] {
        try vectors(of: text, layers: layers, prunes: false) { $0[0] }
    }

    /// The probabilities of the head's labels: those of one choice, or one for each label if a text may have several.
    ///
    /// - Throws: ``EncoderError/noHead``, and as ``encode(_:layers:)-(String,_)``.
    public func classify(_ text: String) throws(EncoderError) -> [Float] {
        guard let head else { throw .noHead }
        let logits = try vectors(of: text, layers: [layerCount], prunes: false, head.logits).first ?? []
        guard !logits.isEmpty else { return Array(repeating: 1 / Float(labels.count), count: labels.count) }
        return isMultiLabel ? logits.map(Activation.logistic) : Activation.softmax(logits)
    }

    /// Compiles the programs for texts of every length, so that no text waits for that: some milliseconds each.
    ///
    /// - Parameter callers: How many threads are going to encode at once; each has programs of its own.
    /// - Throws: ``EncoderError/kernel(_:)``.
    public func prepare(callers: Int) throws(EncoderError) {
        let lengths = Set((1...tokensMax).map { Program.rows(for: $0) })
        for _ in 0..<callers {
            let worker = EncoderWorker()
            for length in lengths.sorted() {
                do {
                    _ = try program(of: worker, tokens: length, prunes: prunesTokens)
                } catch {
                    throw .kernel(error)
                }
            }
            workers.withLock { $0.append(worker) }
        }
    }

    private func vectors(
        of text: String,
        layers: [Int],
        prunes: Bool,
        _ vector: (EncodedRows) -> [Float]
    ) throws(EncoderError) -> [[Float]] {
        if let layer = layers.first(where: { !(0...layerCount ~= $0) }) {
            throw .noSuchLayer(layer, count: layerCount)
        }
        let encoding = tokenizer.encode(Self.ends(of: text), truncation: truncation)
        guard !encoding.ids.isEmpty, !layers.isEmpty else {
            return layers.map { _ in Array(repeating: 0, count: vectorSize) }
        }
        let worker = workers.withLock { $0.popLast() } ?? EncoderWorker()
        defer { workers.withLock { $0.append(worker) } }
        var vectors: [Int: [Float]] = [:]
        do {
            let program = try program(of: worker, tokens: encoding.ids.count, prunes: prunes)
            try program.run(
                layers: Set(layers).sorted(),
                tokens: encoding.ids.count,
                lookups: weights.lookups(of: encoding, firstPosition: configuration.firstPosition),
                body: { layer, rows in vectors[layer] = vector(rows) }
            )
        } catch {
            throw .kernel(error)
        }
        guard vectors.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw .notFinite }
        return layers.map { vectors[$0] ?? [] }
    }

    private func program(
        of worker: EncoderWorker,
        tokens: Int,
        prunes: Bool
    ) throws(KernelError) -> EncoderProgram {
        try worker.program(weights, configuration, tokens: tokens, precision: precision, prunes: prunes)
    }

    /// A text's first and last bytes: what is between them would be cut out after much work.
    private static func ends(of text: String) -> String {
        guard text.utf8.count > 2 * endBytes else { return text }
        return String(decoding: text.utf8.prefix(endBytes), as: UTF8.self) + " "
            + String(decoding: text.utf8.suffix(endBytes), as: UTF8.self)
    }

    /// Eight bytes for each token of the longest texts, twice of what English has.
    private static let endBytes = 32 << 10
}
