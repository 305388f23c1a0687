internal import HTTP

/// What can be said of an answer without knowing what is right: its form, and how sure it seems.
///
/// The weights are those of the cost-aware router (S2-C06, S2-C07). They are conventions and not probabilities: they order
/// answers to one prompt, and tell the broken ones.
public struct AnswerCheck: Hashable, Sendable {
    /// What is wrong with an answer.
    public enum Fault: String, CaseIterable, Hashable, Sendable {
        /// There is nothing in it.
        case empty
        /// It was to be JSON, and is not.
        case invalidJSON = "invalid_json"
        /// It lacks something that it was to have.
        case keyMissing = "key_missing"
        /// It is longer than was asked for.
        case tooLong = "too_long"
        /// It says the same again and again.
        case repetitive
    }

    /// What is wrong with it.
    public let faults: Set<Fault>
    /// Whether it has a list with bullets.
    public let hasBullets: Bool
    /// How good its form is, 0 to 1: 0.6 where nothing is known.
    ///
    ///     0.6 + 0.2 [JSON valid] − 0.3 [invalid] + 0.1 [keys complete] − 0.2 [not] − 0.2 [too long]
    ///         + 0.1 [bullets asked for and given] − 0.4 [of pairs of words, fewer than 0.4 differ] − 0.2 [fewer than 0.6]
    public let quality: Double
    /// How unsure it seems, 0 to 1.
    ///
    /// An eighth of `entropy` where that is known. Else 0.9 if it says “not sure”, 1 if it is empty, 0.7 below ten words, 0.8
    /// if fewer than 0.4 of its words differ, and 0.2.
    public let uncertainty: Double

    /// Checks `answer` against what was asked for.
    ///
    /// - Parameters:
    ///   - answer: What the model says, without reasoning.
    ///   - demands: What was asked of its form.
    ///   - entropy: What its tokens' mean entropy is, in nats, if the model tells.
    /// - Complexity: O(n).
    public init(of answer: String, against demands: AnswerDemands, entropy: Double? = nil) {
        let lower = answer.lowercased()
        let words = lower.utf8.split(whereSeparator: \.isBlank).map(Substring.init)
        var faults: Set<Fault> = words.isEmpty ? [.empty] : []
        var quality = 0.6
        let objects = demands.isJSON ? JSONAnswer(answer) : nil
        if demands.isJSON {
            quality += objects == nil ? -0.3 : 0.2
            if objects == nil { faults.insert(.invalidJSON) }
        }
        if !demands.keys.isEmpty {
            let isComplete = objects?.has(demands.keys) ?? (!demands.isJSON && Self.names(demands.keys, in: lower))
            quality += isComplete ? 0.1 : -0.2
            if !isComplete { faults.insert(.keyMissing) }
        }
        if words.count > demands.wordsMax ?? .max || answer.count > demands.charactersMax ?? .max {
            quality -= 0.2
            faults.insert(.tooLong)
        }
        hasBullets = answer.hasBullets
        if demands.hasBullets, hasBullets { quality += 0.1 }
        let variety = Self.distinctShare(zip(words, words.dropFirst()).map { Pair(first: $0, second: $1) })
        if variety < 0.4 { faults.insert(.repetitive) }
        quality -= variety < 0.4 ? 0.4 : variety < 0.6 ? 0.2 : 0
        self.faults = faults
        // To nine decimals: 0.6 + 0.2 − 0.2 is to be 0.6 where it is compared.
        self.quality = min(max((quality * 1e9).rounded() / 1e9, 0), 1)
        uncertainty = entropy.map { min(max($0 / 8, 0), 1) } ?? Self.uncertainty(words)
    }

    private static func uncertainty(_ words: [Substring]) -> Double {
        if zip(words, words.dropFirst()).contains(where: { $0.hasSuffix("not") && $1.hasPrefix("sure") }) { return 0.9 }
        if words.isEmpty { return 1 }
        if words.count < 10 { return 0.7 }
        return distinctShare(words) < 0.4 ? 0.8 : 0.2
    }

    /// Whether a text has all of `keys` as words.
    private static func names(_ keys: [String], in text: String) -> Bool {
        let words = Set(text.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" })
        return keys.allSatisfy { words.contains(Substring($0.lowercased())) }
    }

    /// Which share of them differ; 1 where there are none.
    private static func distinctShare(_ words: [some Hashable]) -> Double {
        words.isEmpty ? 1 : Double(Set(words).count) / Double(words.count)
    }
}

/// Two words, one behind the other.
private struct Pair: Hashable {
    let first: Substring
    let second: Substring
}

extension UInt8 {
    /// Whether it parts words.
    fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

/// An answer that is one JSON value, perhaps in a fence of Markdown.
private struct JSONAnswer {
    private let document: JSONDocument

    /// `nil` if it is anything else.
    init?(_ answer: String) {
        // An object around it, since documents are objects and an answer may be a list.
        let text = Array("{\"v\":".utf8) + Array(Self.unfenced(answer).utf8) + Array("}".utf8)
        guard let document = try? JSONDocument(parsing: text, depthMax: Self.depthMax),
            Array(document.members).count == 1
        else { return nil }
        self.document = document
    }

    private static let depthMax = 128

    /// Whether its object, or each object of its list, has all of `keys`.
    func has(_ keys: [String]) -> Bool {
        guard let value = document["v"] else { return false }
        switch value.kind {
        case .object: return has(keys, value)
        case .array:
            let elements = Array(document.elements(of: value))
            return !elements.isEmpty && elements.allSatisfy { $0.kind == .object && has(keys, $0) }
        case .string, .number, .bool, .null: return false
        }
    }

    private func has(_ keys: [String], _ object: JSONValue) -> Bool {
        let names = Set(document.members(of: object).compactMap { try? document.string(of: $0.key) })
        return keys.allSatisfy(names.contains)
    }

    /// What is between three backticks and three backticks, if that is all there is.
    private static func unfenced(_ answer: String) -> Substring {
        let text = answer.trimmed
        guard text.hasPrefix("```"), text.hasSuffix("```"), text.count > 6, let line = text.firstIndex(of: "\n") else {
            return text
        }
        return text[line...].dropLast(3)
    }
}

extension String {
    /// Without blanks around it.
    fileprivate var trimmed: Substring {
        let start = drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? start
    }

    /// Whether a line begins as the points of a list do.
    fileprivate var hasBullets: Bool {
        let lines = split(whereSeparator: \.isNewline).lazy.map { $0.drop(while: \.isWhitespace) }
        return lines.contains { $0.hasPrefix("- ") || $0.hasPrefix("* ") || $0.hasPrefix("•") }
    }
}
