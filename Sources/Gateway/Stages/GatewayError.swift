internal import Budgets
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Wire

/// Every way in which a request can end without an answer, and what its client is told of each.
enum GatewayError: Error {
    /// The request itself is wrong; the client is told how.
    case invalid(APIError)
    /// The catalogue has no such model or alias.
    case unknownModel(String)
    /// The router found no model.
    case notRouted(Refusal, explanation: String)
    /// No budget pays for any model that would do.
    case overBudget(Shortfall)
    /// A rate limit is used up.
    case throttled(Throttling)
    /// Every suitable model is busy and the queue is full, or stayed so until the deadline.
    case overloaded(isQueueFull: Bool)
    /// Every attempt failed; the last failure.
    case attemptsFailed(model: ModelID, failure: AttemptFailure, attempts: Int)
    /// The request's own deadline passed.
    case deadlinePassed
    /// The client went away.
    case clientClosed

    /// What the client is told.
    var response: APIError {
        switch self {
        case .invalid(let error): error
        case .unknownModel(let name): .modelNotFound(name)
        case .notRouted(.constrained, let explanation): .constraintsUnmet(explanation, param: "route")
        case .notRouted(.unavailable(let until), let explanation):
            .noModelAvailable(explanation, retryAfter: until.map { Instant.now.duration(to: Instant(nanoseconds: $0)) })
        case .notRouted(.overBudget, let explanation): .insufficientQuota(explanation)
        case .notRouted(.unserved, let explanation): .invalidRequest(explanation, param: "model")
        case .overBudget(let shortfall): shortfall.response
        case .throttled(let throttling): throttling.response
        case .overloaded(let isQueueFull):
            .overloaded(
                isQueueFull
                    ? "every suitable model is busy and the queue is full"
                    : "every suitable model stayed busy until the queue's deadline",
                retryAfter: .seconds(1)
            )
        case .attemptsFailed(let model, let failure, let attempts):
            failure.response(model: model, attempts: attempts)
        case .deadlinePassed: .timedOut("the request's deadline passed before a model answered")
        case .clientClosed: .internal
        }
    }

    /// The ledger's word for it.
    var outcome: Outcome {
        switch self {
        case .invalid, .unknownModel: .invalid
        case .notRouted, .overBudget, .throttled, .overloaded: .refused
        case .attemptsFailed(_, let failure, _): failure.outcome
        case .deadlinePassed: .timedOut
        case .clientClosed: .clientClosed
        }
    }
}
