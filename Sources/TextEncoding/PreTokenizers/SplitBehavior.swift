/// A part of a text, and whether it is what the text is split at.
typealias SplitPart = (range: Range<Int>, isMatch: Bool)

/// What becomes of the places at which a text is split: `behavior` in tokenizer.json.
enum SplitBehavior: String, Sendable {
    /// They are left out.
    case removed = "Removed"
    /// Each is a word of its own.
    case isolated = "Isolated"
    /// They belong to the word before them.
    case mergedWithPrevious = "MergedWithPrevious"
    /// They belong to the word behind them.
    case mergedWithNext = "MergedWithNext"
    /// Those that follow each other are one word.
    case contiguous = "Contiguous"

    /// Passes on the words that `parts`, which follow each other, make.
    func forEachWord(of parts: [SplitPart], _ body: (Range<Int>) -> Void) {
        var last: SplitPart?
        for part in parts where !part.range.isEmpty {
            if let before = last, merges(before, part) {
                last = (before.range.lowerBound..<part.range.upperBound, part.isMatch)
            } else {
                if let last, isWord(last) { body(last.range) }
                last = part
            }
        }
        if let last, isWord(last) { body(last.range) }
    }

    private func merges(_ first: SplitPart, _ second: SplitPart) -> Bool {
        switch self {
        case .removed, .isolated: false
        case .mergedWithPrevious: !first.isMatch && second.isMatch
        case .mergedWithNext: first.isMatch && !second.isMatch
        case .contiguous: first.isMatch == second.isMatch
        }
    }

    private func isWord(_ part: SplitPart) -> Bool { !(self == .removed && part.isMatch) }
}

extension Span<UInt8> {
    /// The characters of a class, each a match, and what is between.
    func characters(of part: Range<Int>, by classes: CharacterClasses, in kind: CharacterClass) -> [SplitPart] {
        var parts: [SplitPart] = []
        var start = part.lowerBound
        var index = start
        while index < part.upperBound {
            let character = classes.character(at: index, of: self)
            let end = index &+ character.length
            if !character.class.isDisjoint(with: kind) {
                parts.append((start..<index, false))
                parts.append((index..<end, true))
                start = end
            }
            index = end
        }
        parts.append((start..<index, false))
        return parts
    }

    /// The places of `separator`, each a match, and what is between; the other way round if `inverted`.
    func matches(of separator: [UInt8], in part: Range<Int>, inverted: Bool) -> [SplitPart] {
        var parts: [SplitPart] = []
        var start = part.lowerBound
        var index = start
        while index < part.upperBound {
            if part.upperBound - index >= separator.count, has(separator, at: index) {
                parts.append((start..<index, inverted))
                parts.append((index..<index + separator.count, !inverted))
                index += separator.count
                start = index
            } else {
                index += 1
            }
        }
        parts.append((start..<index, inverted))
        return parts
    }
}
