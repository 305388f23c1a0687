public import Domain

/// How a request wants its model chosen: the member `route` of its body, whichever endpoint it comes to.
public struct RouteOptions: Hashable, Sendable {
    /// Which models to try after the chosen one.
    public enum Fallbacks: Hashable, Sendable {
        /// As the router orders them, at most this many.
        case count(Int)
        /// These, in this order.
        case models([ModelID])
    }

    /// At most this many fallbacks.
    public static let fallbacksMax = 16
    /// At most this many tags.
    public static let tagsMax = 32
    /// A tag's name and its value each have at most this many bytes.
    public static let tagBytesMax = 256

    /// `strategy`: a strategy's name; which there are is the router's knowledge.
    public internal(set) var strategy: String?
    /// `router`: the name of a router that has learned; which there are is the configuration's knowledge.
    public internal(set) var router: String?
    /// `carbon_level`: how far the carbon-aware strategy is to go.
    public internal(set) var carbonLevel: CarbonLevel?
    /// `capability`: what the model must be good at.
    public internal(set) var capability: Capability?
    /// `max_cost_usd`: at most this expected cost.
    public internal(set) var costMax: Money?
    /// `max_latency_ms`: at most this expected latency, from a millisecond to a day.
    public internal(set) var latencyMax: Duration?
    /// `required_quality`: at least this expected quality, 0 to 1.
    public internal(set) var requiredQuality: Double?
    /// `max_carbon_g`: at most this many expected grams of CO2e.
    public internal(set) var carbonGramsMax: Double?
    /// `fallbacks`: a number, or a list of models.
    public internal(set) var fallbacks: Fallbacks?
    /// `dry_run`: only the decision, no completion.
    public internal(set) var isDryRun = false
    /// `tags`: labels for the ledger; a list of names stands for names with empty values.
    public internal(set) var tags: [String: String] = [:]
    /// `relax`: whether constraints that cannot be met may be loosened, which the answer then says.
    public internal(set) var relaxes = false
    /// `priority`: its place in the queue, -100 to 100; higher ones go first.
    public internal(set) var priority = 0

    /// No wishes.
    public init() {}
}
