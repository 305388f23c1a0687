/// Why a data set can't be read or used.
public enum DataError: Error, Hashable, Sendable {
    /// The file can't be opened or unpacked.
    case unreadable(path: String, reason: String)
    /// A line isn't what the data set has; the first line is 1.
    case malformed(path: String, line: Int, reason: String)
    /// The file has no example.
    case empty(path: String)
    /// There is less than anything can be learned from.
    case tooFew(rows: Int, needed: Int)
    /// No row has a score of this model.
    case unknownModel(name: String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) can't be read: \(reason)"
        case .malformed(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .empty(let path): "\(path) has no example"
        case .tooFew(let rows, let needed):
            "\(rows) rows with scores are too few to learn from: at least \(needed) are needed"
        case .unknownModel(let name): "no row has a score of the model \(name)"
        }
    }
}
