/// A model's name without what differs between those who serve it, so that a fleet's model finds what was learned of it.
///
/// Of `mistralai/Mixtral-8x7B-Instruct-v0.1@together` remain the letters and digits `mixtral8x7binstructv01`: no
/// organisation, no host, no capitals or punctuation.
public struct ModelName: Hashable, Sendable {
    private let letters: [UInt8]

    /// The name that `text` spells.
    public init(_ text: String) {
        var bytes = Array(text.utf8)
        if let slash = bytes.lastIndex(of: UInt8(ascii: "/")) { bytes.removeSubrange(...slash) }
        if let host = bytes.firstIndex(of: UInt8(ascii: "@")) { bytes.removeSubrange(host...) }
        letters = bytes.compactMap { byte in
            switch byte {
            case 65...90: byte + 32
            case 48...57, 97...122: byte
            default: nil
            }
        }
    }

    /// Whether this name begins with the other and goes on with nothing but the digits of a date or a release.
    public func isRelease(of other: ModelName) -> Bool {
        guard letters.count > other.letters.count, other.letters.count >= 5 else { return false }
        guard letters.starts(with: other.letters) else { return false }
        let rest = letters[other.letters.count...]
        return rest.count >= 4 && rest.allSatisfy { (48...57).contains($0) }
    }

    /// The share of words that both names have of those that either has, 0 to 1: `gemini` and `flash`, but no versions.
    public func likeness(to other: ModelName) -> Double {
        let (left, right) = (words, other.words)
        return left.isEmpty ? 0 : Double(left.intersection(right).count) / Double(left.union(right).count)
    }

    /// Runs of three letters or more, without those that say nothing of how able a model is.
    private var words: Set<ArraySlice<UInt8>> {
        let runs = letters.split { !(97...122).contains($0) }.filter { $0.count >= 3 }
        return Set(runs).subtracting(Self.fillers)
    }

    private static let fillers = Set(["instruct", "chat", "preview", "latest", "exp"].map { ArraySlice($0.utf8) })
}
