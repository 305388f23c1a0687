/// Faults for one request after the other: `503*2, cut:3` has two requests refused and the third one cut.
///
/// Requests beyond its end go as they would without it; a last entry with a bare `*` has no end.
public struct SimulatedFaultSequence: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        let fault: SimulatedFault
        /// How many requests; `nil` for all that follow.
        let count: Int?
    }

    private let entries: [Entry]

    /// Reads a sequence of 1 to 100 entries, separated by commas.
    public init?(_ text: some StringProtocol) {
        var entries: [Entry] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
            guard entries.last?.count != .some(nil), entries.count < 100,
                let fault = SimulatedFault(words[0].trimmed)
            else { return nil }
            let count = words.count == 1 ? 1 : words[1].trimmed.isEmpty ? nil : Int(words[1].trimmed) ?? 0
            if let count, !(1...1_000_000).contains(count) { return nil }
            entries.append(Entry(fault: fault, count: count))
        }
        self.entries = entries
    }

    /// What happens to request `number`, from 0; `nil` beyond the end.
    public subscript(number: UInt64) -> SimulatedFault? {
        var rest = number
        for entry in entries {
            guard let count = entry.count, rest >= UInt64(count) else { return entry.fault }
            rest -= UInt64(count)
        }
        return nil
    }

    /// The sequence as a file writes it.
    public var text: String {
        entries.map { entry in
            switch entry.count {
            case 1: entry.fault.text
            case let count?: "\(entry.fault.text)*\(count)"
            case nil: "\(entry.fault.text)*"
            }
        }
        .joined(separator: ", ")
    }
}

extension StringProtocol {
    fileprivate var trimmed: SubSequence {
        let start = firstIndex { $0 != " " } ?? endIndex
        let end = lastIndex { $0 != " " }.map { index(after: $0) } ?? start
        return self[start..<end]
    }
}
