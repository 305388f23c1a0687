/// Who counted the tokens of a request, from the most to the least certain.
///
/// The raw values are what the ledger says; an estimator that changes its method gets another one.
public enum UsageSource: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    /// The provider, in its answer.
    case provider
    /// The gateway, with the tokenizer of this name on the text that it saw: the ledger says `tokenizer:NAME`.
    case tokenizer(String)
    /// The gateway, by the bytes that it saw and the bytes per token that it has measured of this model.
    case calibratedBytes
    /// The gateway, by the bytes that it saw, four to a token.
    case bytes
    /// The gateway, by the time that an answer took of which it saw nothing, at this model's measured pace.
    case elapsed
    /// Nobody: the process died, and all that was held for the request is taken to have been used.
    case held

    /// The sources that have one name each: all but ``tokenizer(_:)``.
    public static let fixed: [UsageSource] = [.provider, .calibratedBytes, .bytes, .elapsed, .held]

    /// What stands before a tokenizer's name.
    public static let tokenizerPrefix = "tokenizer:"

    /// The source that the ledger calls `rawValue`; `nil` if it has no such.
    public init?(rawValue: String) {
        if rawValue.hasPrefix(Self.tokenizerPrefix) {
            self = .tokenizer(String(rawValue.dropFirst(Self.tokenizerPrefix.count)))
        } else if let source = Self.fixed.first(where: { $0.rawValue == rawValue }) {
            self = source
        } else {
            return nil
        }
    }

    /// What the ledger calls it.
    public var rawValue: String {
        switch self {
        case .provider: "provider"
        case .tokenizer(let name): Self.tokenizerPrefix + name
        case .calibratedBytes: "calibrated-bytes-v1"
        case .bytes: "bytes-v1"
        case .elapsed: "elapsed-v1"
        case .held: "held-v1"
        }
    }

    /// Whether `left` is more certain than `right`.
    public static func < (left: UsageSource, right: UsageSource) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .provider: 0
        case .tokenizer: 1
        case .calibratedBytes: 2
        case .bytes: 3
        case .elapsed: 4
        case .held: 5
        }
    }
}
