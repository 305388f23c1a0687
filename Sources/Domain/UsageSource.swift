/// Who counted the tokens of a request, from the most to the least certain.
///
/// The raw values are what the ledger says; an estimator that changes its method gets another one.
public enum UsageSource: String, CaseIterable, Hashable, Comparable, Sendable, Codable {
    /// The provider, in its answer.
    case provider
    /// The gateway, by the bytes that it saw and the bytes per token that it has measured of this model.
    case calibratedBytes = "calibrated-bytes-v1"
    /// The gateway, by the bytes that it saw, four to a token.
    case bytes = "bytes-v1"
    /// The gateway, by the time that an answer took of which it saw nothing, at this model's measured pace.
    case elapsed = "elapsed-v1"
    /// Nobody: the process died, and all that was held for the request is taken to have been used.
    case held = "held-v1"

    /// Whether `left` is more certain than `right`.
    public static func < (left: UsageSource, right: UsageSource) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .provider: 0
        case .calibratedBytes: 1
        case .bytes: 2
        case .elapsed: 3
        case .held: 4
        }
    }
}
