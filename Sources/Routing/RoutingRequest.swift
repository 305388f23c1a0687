public import Domain

/// All that a routing decision may depend on, apart from the state of the fleet.
///
/// Hashable as a whole, so that a cached decision is found only by a request that is equal in every part.
public struct RoutingRequest: Hashable, Sendable {
    /// The API that was called.
    public var endpoint: Model.Endpoint
    /// What the model must be able to do beyond plain text.
    public var features: Set<Model.Feature>
    /// What the model must be good at; `nil` where the client names its model and takes it as it is.
    public var capability: Capability?
    /// What to choose for.
    public var strategy: Strategy
    /// The limits on the choice.
    public var constraints: Constraints
    /// What to do when no model meets them.
    public var relax: RelaxPolicy
    /// Tokens of the prompt, counted or estimated.
    public var inputTokens: Int
    /// Tokens expected of the answer: what costs and emissions are worked out from.
    public var outputTokens: Int
    /// The client's limit on the answer: what must fit into the context window; ``outputTokens`` if it set none.
    public var outputTokensMax: Int?
    /// The only models allowed: a pinned model or a tenant's list.
    public var only: [ModelID]?
    /// At most this many models to try after the choice; 3 is usual.
    public var fallbacksMax: Int
    /// What budgets leave; `nil` where they cannot bind.
    public var purse: Purse?
    /// The quality to expect of each model for this prompt, 0 to 1 and in the catalogue's order; `nil` takes the
    /// registry's figures.
    public var qualities: [Double]?
    /// The share that a mixture's gate gives each model, in the catalogue's order; `nil` where no gate has a say.
    public var gates: [Double]?
    /// The tiers in the order in which a quota wants them tried, the one that it gives the request first; `nil` for any.
    public var tiers: [Tier]?
    /// What ``Strategy/utility`` takes quality to be worth for this request; `nil` takes the router's settings.
    public var worth: UtilityWorth?
    /// How long each model's answer should be, in the catalogue's order, `nil` for one that nothing is known of: then
    /// ``outputTokens`` counts, as it does for all where this is `nil`.
    public var lengths: [AnswerLength?]?
    /// What a router that chooses by itself wants; `nil` where the strategy chooses.
    public var preferences: Preferences?

    /// A request with the choices that matter spelt out and no limits unless given.
    public init(
        endpoint: Model.Endpoint,
        features: Set<Model.Feature> = [],
        capability: Capability?,
        strategy: Strategy,
        constraints: Constraints = .none,
        relax: RelaxPolicy = .refuse,
        inputTokens: Int,
        outputTokens: Int,
        outputTokensMax: Int? = nil,
        only: [ModelID]? = nil,
        fallbacksMax: Int = 3,
        purse: Purse? = nil,
        qualities: [Double]? = nil,
        gates: [Double]? = nil,
        tiers: [Tier]? = nil,
        worth: UtilityWorth? = nil,
        lengths: [AnswerLength?]? = nil,
        preferences: Preferences? = nil
    ) {
        self.endpoint = endpoint
        self.features = features
        self.capability = capability
        self.strategy = strategy
        self.constraints = constraints
        self.relax = relax
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.outputTokensMax = outputTokensMax
        self.only = only
        self.fallbacksMax = fallbacksMax
        self.purse = purse
        self.qualities = qualities
        self.gates = gates
        self.tiers = tiers
        self.worth = worth
        self.lengths = lengths
        self.preferences = preferences
    }
}
