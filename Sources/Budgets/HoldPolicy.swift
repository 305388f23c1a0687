public import Domain

/// How much to hold for a request before it is sent: enough that it hardly ever runs out, and no more than is needed.
///
/// - A stream holds what its answer takes with a probability of the quantile, and is extended on its way.
/// - A whole answer cannot be stopped on its way. It asks for the longest that it may be, but for ``Headroom/spare`` at
///   most, so that a budget does not refuse because a few worst cases are reserved; and for the quantile at least.
///
/// Either may be granted less, down to a short answer. ``maxTokens(within:_:)`` then tells what `max_tokens` is to be
/// lowered to, so that no answer costs more than was granted.
public struct HoldPolicy: Hashable, Sendable {
    /// A request is refused rather than granted fewer generated tokens than this, or than it asks for.
    public let outputTokensMin: Int

    /// A policy; the count is held to 1 or more.
    public init(outputTokensMin: Int = 16) { self.outputTokensMin = max(outputTokensMin, 1) }

    /// A request in the eyes of the policy.
    public struct Request: Hashable, Sendable {
        /// Prompt tokens at most; see ``InputBound``.
        public let inputTokens: Int
        /// Generated tokens at most: the lesser of what the client and the model allow.
        public let outputTokensMax: Int
        /// Generated tokens that it hardly exceeds; see ``OutputLengthModel``.
        public let outputTokensLikely: Int
        /// Whether the answer comes as a stream, which can be stopped.
        public let isStreamed: Bool

        /// A request; negative counts are held to 0, and what is likely to what is allowed.
        public init(inputTokens: Int, outputTokensMax: Int, outputTokensLikely: Int, isStreamed: Bool) {
            self.inputTokens = max(inputTokens, 0)
            self.outputTokensMax = max(outputTokensMax, 0)
            self.outputTokensLikely = min(max(outputTokensLikely, 0), self.outputTokensMax)
            self.isStreamed = isStreamed
        }
    }

    /// What to ask a ``BudgetBook`` for.
    public struct Plan: Hashable, Sendable {
        /// What is asked for.
        public let need: Charge
        /// What will do.
        public let minimum: Charge
        /// Generated tokens that the need is for.
        public let outputTokens: Int
    }

    /// What to hold for `request`.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - spare: What may be held for unlikely cases; see ``Headroom/spare``.
    ///   - charge: What so many prompt tokens and generated tokens take at the model; never less for more tokens.
    /// - Returns: Need and minimum.
    public func plan(_ request: Request, spare: Charge, charge: (_ input: Int, _ output: Int) -> Charge) -> Plan {
        var output = request.outputTokensLikely
        if !request.isStreamed {
            output = max(output, Self.outputTokens(of: request, within: spare, charge: charge))
        }
        return Plan(
            need: charge(request.inputTokens, output),
            minimum: charge(request.inputTokens, min(outputTokensMin, output)),
            outputTokens: output
        )
    }

    /// Generated tokens that `granted` pays for, at most those that the request may have: the `max_tokens` to send.
    public func maxTokens(
        of request: Request,
        within granted: Charge,
        charge: (_ input: Int, _ output: Int) -> Charge
    ) -> Int {
        Self.outputTokens(of: request, within: granted, charge: charge)
    }

    /// The most generated tokens that take no more than `limit` in any measure, by bisection.
    private static func outputTokens(of request: Request, within limit: Charge, charge: (Int, Int) -> Charge) -> Int {
        guard !charge(request.inputTokens, request.outputTokensMax).fits(in: limit) else {
            return request.outputTokensMax
        }
        // Invariant: `low` fits or is 0, `high` does not fit.
        var (low, high) = (0, request.outputTokensMax)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if charge(request.inputTokens, middle).fits(in: limit) { low = middle } else { high = middle }
        }
        return low
    }
}
