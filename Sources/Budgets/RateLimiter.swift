public import Domain
internal import Synchronization

/// The rate limits of one request, or of one model.
public final class LimitSet: Sendable {
    /// Whose limits, to look them up anew after a reload.
    let scopes: [Budget.Scope]
    let version: Int
    let places: [Int]

    init(scopes: [Budget.Scope], version: Int, places: [Int]) {
        self.scopes = scopes
        self.version = version
        self.places = places
    }
}

/// A request that rate limits have let in; to be settled once by ``RateLimiter/settle(_:tokens:now:)``.
public struct RateTicket: Hashable, Sendable {
    let place: Int
    let number: UInt64
}

/// Why a request was not let in, and when it may come again.
public struct Throttling: Error, Hashable, Sendable {
    /// What there was too much of.
    public enum Cause: String, CaseIterable, Hashable, Sendable, Codable {
        /// Requests in a minute.
        case requests
        /// Tokens in a minute.
        case tokens
        /// Requests at once.
        case concurrency
        /// Tokens of this one request: more than a minute ever allows.
        case size
    }

    /// What there was too much of.
    public let cause: Cause
    /// Whose limit it is.
    public let scope: Budget.Scope
    /// The limit.
    public let limit: Int64
    /// In how many milliseconds all limits would let it in, if nothing else came; `nil` if waiting does not tell.
    public let waitMilliseconds: Int64?
}

/// Requests and tokens per minute, and requests at once, for each scope: token buckets that never let more in.
///
/// A request takes its estimated tokens when it comes and is settled with those it used, so that many at once cannot
/// pass together what one alone could not. Safe to use from any thread: one lock, held for some hundred nanoseconds.
/// Instants are milliseconds of the monotonic clock.
public final class RateLimiter: Sendable {
    private let state: Mutex<RateState>

    /// A limiter with all buckets full.
    public init(_ limits: [RateLimit], now: Int64) {
        var state = RateState()
        state.replace(limits, now: now)
        self.state = Mutex(state)
    }

    /// Changes the state, or asks it something, under the lock.
    func change<Value>(_ body: (inout RateState) -> Value) -> Value { state.withLock { body(&$0) } }

    /// Puts other limits in place of those there are; a limit that stays as it was keeps its level.
    public func replace(_ limits: [RateLimit], now: Int64) { state.withLock { $0.replace(limits, now: now) } }

    /// The limits that a request of `payer` with `tags` falls under whatever model it goes to.
    public func limits(for payer: Payer, tags: [String]) -> LimitSet {
        state.withLock { $0.resolve([.everyone] + AccountSet.scopes(payer: payer, tags: tags)) }
    }

    /// The limits of `model`, whoever asks.
    public func limits(of model: ModelID) -> LimitSet { state.withLock { $0.resolve([.model(model)]) } }

    /// Lets a request in that will take about `tokens`, by all limits or by none.
    public func admit(tokens: Int64, by limits: LimitSet, now: Int64) throws(Throttling) -> RateTicket {
        try state.withLock { state throws(Throttling) in try state.admit(tokens: tokens, by: limits, now: now) }
    }

    /// Ends a request that used `tokens` in the end; false, and nothing happens, the second time.
    @discardableResult
    public func settle(_ ticket: RateTicket, tokens: Int64, now: Int64) -> Bool {
        state.withLock { $0.settle(ticket, tokens: tokens, now: now) }
    }

    /// What is left.
    public func allowance(of limits: LimitSet, now: Int64) -> RateAllowance {
        state.withLock { $0.allowance(of: limits, now: now) }
    }
}
