internal import Glibc

/// How long a model's answer to a request should be.
public struct AnswerLength: Hashable, Sendable {
    /// Tokens of all generations together: what costs and emissions are worked out from.
    public let tokens: Int
    /// How many times as long as this model's usual answer: what its time is stretched by; 1 where nobody knows.
    public let ofUsual: Double

    /// Times are stretched and shortened by so much at most: a part of them does not depend on the length.
    private static let stretchMax = 4.0

    /// A length, to within a fifth of an octave: requests that are alike in all else should find each other's decisions.
    ///
    /// - Parameters:
    ///   - tokens: Tokens to expect of one generation, above 0.
    ///   - limit: What the client or the model allows of them.
    ///   - usual: Those of this model's usual answer; `nil` where nobody knows.
    ///   - generations: How many answers are asked for.
    public init(tokens: Double, limit: Int, usual: Double?, generations: Int) {
        let expected = min(Self.rounded(tokens), Double(max(limit, 1)))
        let (all, overflows) = Int(expected.rounded()).multipliedReportingOverflow(by: max(generations, 1))
        self.tokens = overflows ? .max : all
        let stretch = usual.map { $0 > 0 ? expected / Self.rounded($0) : 1 } ?? 1
        ofUsual = min(max(stretch, 1 / Self.stretchMax), Self.stretchMax)
    }

    /// The nearest of five steps an octave, 1 to 2^30.
    private static func rounded(_ tokens: Double) -> Double {
        guard tokens > 1 else { return 1 }
        return exp2(min((log2(tokens) * 5).rounded() / 5, 30))
    }
}
