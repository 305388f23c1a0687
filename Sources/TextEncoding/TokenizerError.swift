/// Why a tokenizer can't be made of a model's files.
public enum TokenizerError: Error, Hashable, Sendable {
    /// A file isn't JSON, or has a string that stands for no text.
    case malformed(file: String, reason: String)
    /// The folder has neither tokenizer.json nor vocab.txt nor vocab.json with merges.txt.
    case noVocabulary
    /// A field that is needed isn't there.
    case missing(field: String)
    /// A field has a value that makes no sense.
    case invalid(field: String, reason: String)
    /// A component, such as a normalizer, of a kind that isn't supported, or with such a setting.
    case unsupported(component: String, kind: String)
    /// A token that others refer to isn't in the vocabulary.
    case unknownToken(String, field: String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .malformed(let file, let reason): "\(file): \(reason)"
        case .noVocabulary: "no tokenizer.json, vocab.txt, or vocab.json with merges.txt"
        case .missing(let field): "\(field) is missing"
        case .invalid(let field, let reason): "\(field) \(reason)"
        case .unsupported(let component, let kind): "\(component) \(kind) is not supported"
        case .unknownToken(let token, let field): "\(field) names “\(token)”, which is not in the vocabulary"
        }
    }
}
