public import Domain

/// One request as the ledger keeps it.
///
/// Filled in along the request's life; JSON comes in already encoded, so that recording a row encodes nothing.
/// Token counts, micrograms and microseconds are held to 0...2^50 when written, so that sums of them cannot overflow.
public struct RequestRow: Hashable, Sendable {
    /// The request's id; its time is the request's start.
    public var id: RequestID
    /// Who pays.
    public var tenant: TenantID
    /// The team of the key.
    public var team: TeamID?
    /// The public id of the virtual key, never the key itself.
    public var keyID: String?
    /// The endpoint's name, such as `chat`.
    public var endpoint: String
    /// The routing strategy, empty where none was asked.
    public var strategy = ""
    /// The `model` of the request's body.
    public var requestedModel = ""
    /// What the request was taken to need.
    public var capability: Capability?
    /// The model that routing put first.
    public var chosenModel: ModelID?
    /// The probability with which it was put first, 0 to 1; what off-policy evaluation needs.
    public var propensity: Double?
    /// The model that answered.
    public var modelUsed: ModelID?
    /// The kind of endpoint that answered.
    public var provider: Model.Provider?
    /// Whether the answer came from a simulated backend.
    public var isSimulated = false
    /// Whether the answer was streamed.
    public var isStreamed = false
    /// How the request ended.
    public var outcome = Outcome.completed
    /// The response's HTTP status; 499 where the client left before it.
    public var status = 200
    /// The error's type in the answer's body, where there was one.
    public var errorKind: String?
    /// How many attempts were made; ``LedgerEntry`` sets it.
    public internal(set) var attemptCount = 0
    /// The tokens of all attempts.
    public var usage = TokenUsage.zero
    /// The digest of the price list that was charged by.
    public var priceVersion = ""
    /// What all attempts cost.
    public var cost = Money.zero
    /// The energy of all attempts, in joules.
    public var energyJoules = 0.0
    /// The carbon of all attempts.
    public var carbon = Carbon.zero
    /// From the request's first byte to the answer's last.
    public var durationMicroseconds: Int64 = 0
    /// From the request's first byte to the first of the answer's content.
    public var timeToFirstTokenMicroseconds: Int64?
    /// How long an upstream was being waited for or read.
    public var upstreamMicroseconds: Int64 = 0
    /// The gateway's own share of the duration.
    public var overheadMicroseconds: Int64 = 0
    /// How long the request waited for a slot.
    public var queueMicroseconds: Int64 = 0
    /// The request's tags, a JSON object or array; empty for none.
    public var tags: [UInt8] = []
    /// The complexity score and its features, JSON.
    public var features: [UInt8] = []
    /// Each candidate with its score, cost, latency, quality, or why it was rejected; JSON.
    public var candidates: [UInt8] = []
    /// The registry's quality of the model that answered, 0 to 1; `nil` where none did.
    public var quality: Double?
    /// What the request is measured against; `nil` where nothing could have answered it.
    public var baseline: Baseline?
    /// Energy and carbon as intervals, with their parts; `nil` where no backend was called.
    public var footprint: Footprint?
    /// What each model that could have answered would have taken for the answer's tokens; empty where none was chosen.
    ///
    /// JSON: `{"model": [quality, nanodollars, micrograms of CO2e]}`.
    public var alternatives: [UInt8] = []
    /// Whether cost and duration kept to the limits that the request set; `nil` where it set none.
    public var isWithinLimits: Bool?
    /// The planner's group that it was of; `nil` where nobody plans, or the client named its model.
    public var planGroup: String?
    /// The tier that its group's quota gave it; `nil` where it was held to none.
    public var planTier: Tier?

    /// The best model that could have answered a request, and what it would have charged for the same tokens.
    public struct Baseline: Hashable, Sendable {
        /// The model of the highest quality among those that could have answered.
        public var model: ModelID
        /// Its quality by the registry, 0 to 1.
        public var quality: Double
        /// What one answer of the same length would have cost there; `nil` where there was no answer.
        public var cost: Money?
        /// What that answer would have emitted, by the central estimate.
        public var carbon: Carbon?

        /// A baseline.
        public init(model: ModelID, quality: Double, cost: Money?, carbon: Carbon? = nil) {
            self.model = model
            self.quality = quality
            self.cost = cost
            self.carbon = carbon
        }
    }

    /// A request that has just come in.
    public init(id: RequestID, tenant: TenantID, endpoint: String) {
        self.id = id
        self.tenant = tenant
        self.endpoint = endpoint
    }
}
