/// Which model answers a request, which ones stand by, and why.
public struct Decision: Hashable, Sendable {
    /// What decided the choice.
    public enum Reason: Hashable, Sendable {
        /// Nothing was left to choose between.
        case onlyCandidate
        /// The best score under the strategy.
        case bestScore
        /// Its turn came.
        case turn
        /// A uniform draw.
        case drawn
        /// A router that chooses by itself wants it.
        case preferred
        /// The most votes, as a share of all votes.
        case votes(share: Double)
        /// Drawn to learn about a model whose figures are still guesses.
        case explored
        /// No model was chosen; see ``Decision/refusal``.
        case refused
    }

    /// What the request asked for.
    public let strategy: Strategy
    /// The chosen model's place in the catalogue; `nil` if there is a ``refusal``.
    public let choice: Int?
    /// The models to try after it, the best first; whoever lets a client name its own puts those here.
    public var fallbacks: [Int]
    /// Every model of the catalogue, in its order.
    public let candidates: [Candidate]
    /// How far the strategy is trusted, 0 to 1: a declared constant for each, not a measured frequency.
    public let confidence: Double
    /// The probability with which this request, in this state, gets this model; 1 without chance.
    ///
    /// What off-policy evaluation divides by. Exact, because exploration is a mixture with known shares.
    public internal(set) var propensity: Double
    /// What decided the choice.
    public let reason: Reason
    /// The constraints that the choice misses because the request allowed it, in the order in which they were loosened.
    public let relaxed: [Constraint]
    /// Whether every suitable model is full, so that the request has to wait for a slot.
    public let mustQueue: Bool
    /// Why there is no choice.
    public let refusal: Refusal?
    /// What the strategy and a router that chooses by itself would have chosen; `nil` where there is no such router.
    public internal(set) var rivals: Rivals?
    /// Whether it was made for an earlier, equal request.
    public internal(set) var isCached = false

    /// The same decision for a later, equal request, which gets it for certain.
    func cached(fallbacks: [Int]) -> Decision {
        var copy = self
        copy.fallbacks = fallbacks
        copy.propensity = 1
        copy.isCached = true
        return copy
    }
}

extension Decision.Reason: CustomStringConvertible {
    /// The reason for people: completes "chosen because …".
    public var description: String {
        switch self {
        case .onlyCandidate: "it is the only candidate"
        case .bestScore: "it has the best score"
        case .turn: "it is its turn"
        case .drawn: "it was drawn"
        case .preferred: "a trained router prefers it"
        case .votes(let share): "it has \(Int((share * 100).rounded())) % of the votes"
        case .explored: "it was drawn to learn about it"
        case .refused: "nothing was chosen"
        }
    }
}
