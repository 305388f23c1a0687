internal import Accounting
internal import Budgets
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

/// The facts of one request, gathered stage by stage: what headers, metrics and the ledger tell of it.
///
/// A reference: it is large, and as a value it would lie in the frame of every stage that waits.
final class RequestRecord {
    let id: RequestID
    let receivedAt: Instant
    /// When all of it was there, and the work on it began.
    var begunAt: Instant
    var endpoint: Model.Endpoint
    var client = Client.anonymous
    var tags: [UInt8] = []
    /// The tags as budgets know them: `name=value`.
    var tagNames: [String] = []
    /// The budgets that it falls under; `nil` where there are none.
    var accounts: AccountSet?
    /// What lets it in by its rate limits, until it is settled.
    var ticket: RateTicket?
    /// What its rate limits leave, as they were when it came.
    var rates: RateAllowance?
    /// What budgets leave whatever the model, as it was just now when the models were chosen.
    var headroom: Headroom?
    /// What budgets have granted the attempt under way, or the last one.
    var allowance: Allowance?
    /// The same of the attempt that was sent beside a late one.
    var hedgeAllowance: Allowance?
    /// Where it is among the ``YoungHolds``, if it is.
    var placeOfHold: Int?
    /// What its attempts so far took of budgets.
    var spent = Charge.zero
    /// Models whose hold did not fit although the router thought so, by their places in the catalogue.
    var shortModels: Set<Int> = []
    /// Whether it waits for a larger part of a budget that other replicas share, rather than be cut short; and until when.
    var isPatient = true
    var patientUntil: Instant?
    /// What its tokens are estimated by.
    var inputBytes = 0
    var imageCount = 0
    var requestedModel = ""
    /// What it asks for besides its text, and how its model is to be chosen: kept so that it can be decided again.
    var asked: AskedRequest?
    var options: RouteOptions?
    /// What the gateway chooses by; `nil` where the client names its model.
    var strategy: Strategy?
    var capability: Capability?
    var complexity: Complexity?
    /// The prompt's text, where something is to be kept of it.
    var prompt: String?
    /// What is to be kept of it for routers to learn from.
    var evidence: EvidenceRow?
    /// What a router that has learned says of the prompt; `nil` where none was asked, or none had time.
    var opinion: PromptOpinion?
    /// What the prompt was scored by; `nil` where no router was asked.
    var basis: PromptOpinion.Basis?
    /// What a router that chooses by itself made of it; `nil` where none was asked.
    var chooser: ChooserReport?
    /// The planner's group that it is of; `nil` where nobody plans, or the client names its model.
    var planGroup: String?
    /// What the plan in force makes of it; `nil` where it is held to none.
    var placement: QuotaControl.Placement?
    var decision: Decision?
    /// The limits that the client set.
    var limits = Constraints.none
    var priceVersion = ""
    var isStream = false
    /// Whether the client has seen the head of a stream.
    var isStarted = false
    /// The stream as the client got it, where the cache may want it.
    var streamed: [UInt8]?
    /// How it came by another request's answer; `nil` if it is its own.
    var sharedBy: SharedAnswer.Way?
    /// Whether the decision alone was asked for.
    var isDecision = false
    /// The trace that it is part of; `nil` if it is of none.
    var trace: TraceContext?
    /// How many gateways it has come through.
    var hops = 0
    var queued = Duration.zero
    var attempts: [Attempt] = []
    /// Attempts that have begun and not ended: two where one is hedged.
    var underWay = 0
    /// When the first one began.
    var firstAttemptAt: Instant?
    /// Whether a second attempt was sent beside a late one.
    var isHedged = false
    /// Whether another model goes on with its stream if it breaks off.
    var isResumable = false
    /// Whether one did.
    var isResumed = false
    /// What became of the check of its answers; `nil` where there is none.
    var cascade: CascadeReport?
    /// Header lines of the backend's answer that the client gets as well.
    var passedFields: [UInt8] = []
    /// The backend of the model that was chosen.
    var chosen: Backend?
    /// The backend that answered, or the last one that was tried.
    var backend: Backend?
    /// What all is expected to cost in the end: the attempts so far, and the decision's estimate for the one under way.
    var expectedCost = Money.zero
    /// The same of what all is expected to emit.
    var expectedCarbon = CarbonEstimate.zero
    var usage = TokenUsage.zero
    var cost = Money.zero
    /// What its attempts took and emitted, part by part.
    var footprint = Footprint.zero
    var firstTokenAt: Instant?
    var pauses: Histogram?
    var outcome = Outcome.completed
    var status = 0
    var error = ""
    /// What the answer is compared with; of one out of the cache, what it was compared with when it was made.
    var comparison: Comparison?
    /// Whether ``usage``, ``cost`` and ``outcome`` are final.
    var isSettled = false

    /// One call of one backend.
    struct Attempt {
        let backend: Backend
        var startedAt: Instant
        var duration = Duration.zero
        var firstByte: Duration?
        var status = 0
        /// Calls that the backend may have seen: two where the first went out on a connection that was closed.
        var calls = 1
        var outcome = Outcome.completed
        var usage = TokenUsage.zero
        var cost = Money.zero
        /// The energy that it took.
        var energy = Energy.zero
        /// What it emitted.
        var carbon = CarbonEstimate.zero
        /// Of the grid where it went, as it began.
        let intensity: GridIntensity
        var error = ""
        /// Whether a limit on its tokens ended the answer.
        var isCut = false
        /// Whether it was sent beside another one that was late.
        var isHedge = false
        /// Its place among those that have begun, from 1: its span is told apart by it.
        var number = 1
        /// The header lines that tell the backend which trace it is part of.
        var traceLines: [UInt8] = []
    }

    init(id: RequestID, receivedAt: Instant, endpoint: Model.Endpoint, priceVersion: String) {
        self.id = id
        self.receivedAt = receivedAt
        begunAt = receivedAt
        self.endpoint = endpoint
        self.priceVersion = priceVersion
    }

    /// Keeps what the client has been sent, if the cache may want it and it has not grown too long for that.
    func keepStreamed(_ bytes: [UInt8], bytesMax: Int) {
        streamed?.append(contentsOf: bytes)
        if let count = streamed?.count, count > bytesMax { streamed = nil }
    }

    /// Calls that backends may have seen.
    var calls: Int { attempts.reduce(0) { $0 + $1.calls } }

    /// The model of ``backend``.
    var model: Model? { backend?.model }

    /// The time that backends took, all attempts together; while two are under way, time passes once.
    var upstreamDuration: Duration {
        guard isHedged else { return attempts.reduce(.zero) { $0 + $1.duration } }
        var (sum, covered) = (Duration.zero, receivedAt)
        for attempt in attempts.sorted(by: { $0.startedAt < $1.startedAt }) {
            let end = attempt.startedAt.advanced(by: attempt.duration)
            sum += max(max(attempt.startedAt, covered).duration(to: end), .zero)
            covered = max(covered, end)
        }
        return sum
    }
}
