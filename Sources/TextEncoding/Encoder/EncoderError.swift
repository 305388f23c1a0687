public import Neural

/// Why a model's folder can't be used, or a text can't be encoded.
public enum EncoderError: Error, Hashable, Sendable {
    /// The folder lacks a file.
    case missing(file: String)
    /// A file can't be read.
    case unreadable(FileError)
    /// Something is wrong in `config.json`.
    case configuration(TokenizerError)
    /// Something is wrong with the tokenizer.
    case tokenizer(TokenizerError)
    /// The model is of a kind, or has a setting, that isn't supported.
    case unsupported(field: String, value: String)
    /// Something is wrong in `model.safetensors`.
    case weights(FileError)
    /// Files of the folder contradict each other.
    case contradiction(reason: String)
    /// The model lacks the layer that is asked for.
    case noSuchLayer(Int, count: Int)
    /// The model has no head for classification.
    case noHead
    /// The weights lead to infinity, or to what is no number.
    case notFinite
    /// oneDNN refused.
    case kernel(KernelError)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .missing(let file): "the model has no \(file)"
        case .unreadable(let error): error.message
        case .configuration(let error): "config.json: \(error.message)"
        case .tokenizer(let error): "tokenizer: \(error.message)"
        case .unsupported(let field, let value): "config.json: \(field) \(value) is not supported"
        case .weights(let error): "model.safetensors: \(error.message)"
        case .contradiction(let reason): reason
        case .noSuchLayer(let layer, let count): "there is no layer \(layer): the model has \(count)"
        case .noHead: "the model has no head for classification"
        case .notFinite: "the weights lead to values that are not finite"
        case .kernel(let error): error.message
        }
    }
}
