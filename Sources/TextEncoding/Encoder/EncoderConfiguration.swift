internal import HTTP
package import Neural

/// What `config.json` says of an encoder: to `Learning` as well, which trains what is used here.
package struct EncoderConfiguration: Hashable, Sendable {
    /// The families that differ in the names of their weights, or in what they compute.
    package enum Family: Hashable, Sendable {
        case bert, distilbert, roberta, modernbert
    }

    package let family: Family
    package let hidden: Int
    package let layers: Int
    package let heads: Int
    package let intermediate: Int
    package let vocabulary: Int
    /// How many tokens a text may have.
    package let positions: Int
    /// The place of the first token in the table of places: RoBERTa leaves out those up to its padding's number.
    package let firstPosition: Int
    package let types: Int
    package let activation: Activation
    package let epsilon: Float
    package let modern: ModernConfiguration?
    /// Whether layers' means may be taken of part of the tokens: not of a model that was trained to be read whole.
    package let allowsPruning: Bool
    let head: HeadConfiguration

    /// Reads the file.
    package init(json text: [UInt8]) throws(EncoderError) {
        do {
            try self.init(Component(file: "config.json", text: text))
        } catch let error as EncoderError {
            throw error
        } catch let error as TokenizerError {
            throw .configuration(error)
        } catch {
            throw .configuration(.malformed(file: "config.json", reason: "\(error)"))
        }
    }

    private init(_ file: Component) throws {
        family =
            switch try file.needed("model_type").string() {
            case "bert": .bert
            case "distilbert": .distilbert
            case "roberta", "xlm-roberta", "camembert": .roberta
            case "modernbert": .modernbert
            case let other: throw EncoderError.unsupported(field: "model_type", value: other)
            }
        if let kind = try file.member("position_embedding_type")?.string(), kind != "absolute" {
            throw EncoderError.unsupported(field: "position_embedding_type", value: kind)
        }
        let isDistilled = family == .distilbert
        hidden = try file.needed(isDistilled ? "dim" : "hidden_size").int(in: 1...1 << 14)
        layers = try file.needed(isDistilled ? "n_layers" : "num_hidden_layers").int(in: 1...256)
        heads = try file.needed(isDistilled ? "n_heads" : "num_attention_heads").int(in: 1...256)
        intermediate = try file.needed(isDistilled ? "hidden_dim" : "intermediate_size").int(in: 1...1 << 16)
        vocabulary = try file.needed("vocab_size").int(in: 1...1 << 24)
        guard hidden.isMultiple(of: heads) else {
            throw EncoderError.contradiction(reason: "config.json: \(heads) heads can't share \(hidden) values")
        }
        let table = try file.needed("max_position_embeddings").int(in: 1...1 << 20)
        let padding = try file.member("pad_token_id")?.int(in: 0...1 << 24)
        firstPosition = family == .roberta ? (padding ?? 1) + 1 : 0
        positions = table - firstPosition
        guard positions > 0 else {
            throw EncoderError.contradiction(reason: "config.json: max_position_embeddings leaves no room for a text")
        }
        types = family == .bert || family == .roberta ? try file.member("type_vocab_size")?.int(in: 1...256) ?? 2 : 0
        let name = try file.member(Self.activationKey(family))?.string() ?? "gelu"
        guard let activation = Activation(name: name) else {
            throw EncoderError.unsupported(field: "\(Self.activationKey(family))", value: name)
        }
        self.activation = activation
        let epsilonKey: StaticString = family == .modernbert ? "norm_eps" : "layer_norm_eps"
        epsilon = try file.member(epsilonKey)?.epsilon() ?? (family == .modernbert ? 1e-5 : 1e-12)
        modern = family == .modernbert ? try ModernConfiguration(file, layers: layers) : nil
        allowsPruning = try file.member("token_pruning")?.bool() ?? true
        head = try HeadConfiguration(file)
        guard modern == nil || (hidden / heads).isMultiple(of: 2) else {
            throw EncoderError.contradiction(reason: "config.json: a head of \(hidden / heads) values has no halves")
        }
    }

    private static func activationKey(_ family: Family) -> StaticString {
        switch family {
        case .bert, .roberta: "hidden_act"
        case .distilbert: "activation"
        case .modernbert: "hidden_activation"
        }
    }

    /// How many values a head has.
    package var headSize: Int { hidden / heads }
}

/// What ModernBERT has of its own: Warner et al., "Smarter, Better, Faster, Longer", 2024.
package struct ModernConfiguration: Hashable, Sendable {
    /// For each layer, how far a token looks to each side; `nil` for everywhere.
    package let windows: [Int?]
    package let globalBase: Double
    package let localBase: Double
    package let hasAttentionBias: Bool
    package let hasFeedForwardBias: Bool
    package let hasNormBias: Bool

    fileprivate init(_ file: Component, layers: Int) throws {
        // The newer form names each layer's kind, and gives the bases of each kind.
        let rotations = try file.member("rope_parameters")
        let globalRotation = try rotations?.member("full_attention")
        let localRotation = try rotations?.member("sliding_attention")
        globalBase = try (globalRotation?.member("rope_theta") ?? file.member("global_rope_theta"))?.base() ?? 160_000
        localBase = try (localRotation?.member("rope_theta") ?? file.member("local_rope_theta"))?.base() ?? 10_000
        let reach = (try file.member("local_attention")?.int(in: 0...1 << 20) ?? 128) / 2
        if let kinds = try file.member("layer_types")?.elements() {
            guard kinds.count == layers else {
                throw EncoderError.contradiction(reason: "config.json: layer_types names \(kinds.count) layers")
            }
            windows = try kinds.map { kind in
                switch try kind.string() {
                case "full_attention": nil
                case "sliding_attention": reach
                case let other: throw EncoderError.unsupported(field: "layer_types", value: other)
                }
            }
        } else {
            let period = try file.member("global_attn_every_n_layers")?.int(in: 1...256) ?? 3
            windows = (0..<layers).map { $0.isMultiple(of: period) ? nil : reach }
        }
        hasAttentionBias = try file.member("attention_bias")?.bool() ?? false
        hasFeedForwardBias = try file.member("mlp_bias")?.bool() ?? false
        hasNormBias = try file.member("norm_bias")?.bool() ?? false
    }
}

/// What is said of a head for classification, whether or not there is one.
struct HeadConfiguration: Hashable, Sendable {
    /// The labels by their numbers.
    let labels: [String]
    /// Whether a text may have several labels, or none, instead of exactly one.
    let isMultiLabel: Bool
    /// Whether ModernBERT's head takes the mean of all tokens, instead of the first.
    let takesMean: Bool
    let hasBias: Bool
    let activation: Activation

    fileprivate init(_ file: Component) throws {
        var labels: [Int: String] = [:]
        for (key, value) in try file.member("id2label")?.members() ?? [] {
            guard let id = Int(String(decoding: key, as: UTF8.self)), 0..<4096 ~= id else {
                throw EncoderError.unsupported(field: "id2label", value: String(decoding: key, as: UTF8.self))
            }
            labels[id] = try value.string()
        }
        // Without names, there are two labels, as in Hugging Face's library.
        let unnamed = try file.member("num_labels")?.int(in: 1...4096) ?? 2
        let count = labels.keys.max().map { $0 + 1 } ?? unnamed
        self.labels = (0..<count).map { labels[$0] ?? "LABEL_\($0)" }
        isMultiLabel = try file.member("problem_type")?.string() == "multi_label_classification"
        takesMean = try file.member("classifier_pooling")?.string() == "mean"
        hasBias = try file.member("classifier_bias")?.bool() ?? false
        let name = try file.member("classifier_activation")?.string() ?? "gelu"
        guard let activation = Activation(name: name) else {
            throw EncoderError.unsupported(field: "classifier_activation", value: name)
        }
        self.activation = activation
    }
}

extension Activation {
    /// By the name that Hugging Face's configurations have for it.
    fileprivate init?(name: String) {
        switch name {
        case "gelu": self = .gelu
        case "gelu_new", "gelu_fast", "gelu_pytorch_tanh": self = .geluByTanh
        case "relu": self = .relu
        case "silu", "swish": self = .silu
        case "tanh": self = .tanh
        default: return nil
        }
    }
}

extension Component {
    /// What is added to a variance.
    fileprivate func epsilon() throws(TokenizerError) -> Float {
        guard let number = document.double(of: value), 0..<1 ~= number else {
            throw .invalid(field: path, reason: "is not a number from 0 to 1")
        }
        return Float(number)
    }

    /// What angles of rotation are powers of.
    fileprivate func base() throws(TokenizerError) -> Double {
        guard let number = document.double(of: value), 1...1e12 ~= number else {
            throw .invalid(field: path, reason: "is not a number from 1 to 10¹²")
        }
        return number
    }
}
