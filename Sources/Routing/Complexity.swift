public import Domain

/// How hard a prompt looks, from 0 for the simplest to 1.
public struct Complexity: Hashable, Sendable {
    /// The score, 0 to 1.
    public let score: Double
    /// What was counted in the text.
    public let features: PromptFeatures

    /// The tier that suits the score: light below 0.33, medium below 0.66, heavy from there, unless told otherwise.
    public func tier(mediumFrom medium: Double = 0.33, heavyFrom heavy: Double = 0.66) -> Tier {
        if score < medium { return .light }
        return score < heavy ? .medium : .heavy
    }
}

/// The ways to score a prompt's complexity.
public enum ComplexityMeasure: String, CaseIterable, Hashable, Sendable, Codable {
    /// ``PromptFeatures/complexity``: a weighted sum of saturating counts.
    case lexical
    /// Length and eight keywords: `min(0.6 · min(words / 200, 1) + 0.4 · hits / 8, 1)`.
    ///
    /// The published cost-aware router's formula. A word is what whitespace separates; a hit is a keyword that occurs
    /// anywhere, in either case.
    case keyword
    /// The same with the two keywords that its later version adds, out of ten.
    case keywordExtended = "keyword_extended"

    /// How hard `text` in UTF-8 looks.
    ///
    /// - Parameters:
    ///   - text: The prompt, or the part of it that matters.
    ///   - bytesMax: Bytes after this many are not looked at, so that the time is bounded.
    /// - Returns: The score and the features that were counted on the way.
    /// - Complexity: O(bytes looked at), with nothing allocated.
    public func score(_ text: Span<UInt8>, bytesMax: Int = 16_384) -> Complexity {
        let features = PromptFeatures(of: text, bytesMax: bytesMax)
        let score =
            switch self {
            case .lexical: features.complexity
            case .keyword: Keywords(in: text, bytesMax: bytesMax).score(isExtended: false)
            case .keywordExtended: Keywords(in: text, bytesMax: bytesMax).score(isExtended: true)
            }
        return Complexity(score: score, features: features)
    }

    /// How hard `text` looks; bytes after `bytesMax` are not looked at.
    public func score(_ text: String, bytesMax: Int = 16_384) -> Complexity {
        score(text.utf8.span, bytesMax: bytesMax)
    }
}
