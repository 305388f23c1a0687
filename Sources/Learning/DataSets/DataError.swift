/// Why outcomes can't be read.
public enum DataError: Error, Hashable, Sendable {
    /// The file can't be opened or unpacked.
    case unreadable(path: String, reason: String)
    /// A line isn't an outcome.
    case malformed(path: String, line: Int, reason: String)
    /// There is less than anything can be learned from.
    case tooFew(rows: Int, needed: Int)
    /// No row has a score of this model.
    case unknownModel(name: String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): \(reason)"
        case .malformed(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .tooFew(let rows, let needed):
            "\(rows) rows with scores are too few to learn from: at least \(needed) are needed"
        case .unknownModel(let name): "no row has a score of the model \(name)"
        }
    }
}
