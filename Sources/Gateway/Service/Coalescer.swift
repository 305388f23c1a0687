internal import Reactor
internal import Synchronization
internal import Tenancy

/// Identical requests at the same time: the first one calls a model, the others wait for what comes of it.
///
/// States of a flight: under way → ended. Who finds one under way follows it. Once it has ended nobody finds it any more.
final class Coalescer: Sendable {
    /// What makes requests identical: keys that may do different things may get different answers.
    fileprivate struct Key: Hashable, Sendable {
        let answer: AnswerKey
        let policy: KeyPolicy
    }

    /// What became of a leader.
    enum Result: Sendable {
        case answered(SharedAnswer)
        /// Backends failed. They would fail each follower too, and each would add to their load.
        case failed(GatewayError)
        /// Its client went away, or something failed that was its own. Who waited starts anew.
        case abandoned
    }

    /// One call that is under way, and who waits for it.
    final class Flight: Sendable {
        fileprivate struct State {
            var result: Result?
            var followers: [LoopBound<Waiter>] = []
        }

        fileprivate let key: Key
        fileprivate let state = Mutex(State())

        fileprivate init(_ key: Key) { self.key = key }

        /// Waits for what becomes of the leader; `nil` if `deadline` passes first.
        ///
        /// - Throws: ``IOError/cancelled`` if the waiting client goes away.
        func result(until deadline: Instant, on loop: EventLoop) async throws(IOError) -> Result? {
            let waiter = Waiter(on: loop)
            let known = state.withLock { state in
                if state.result == nil { state.followers.append(LoopBound(waiter, to: loop)) }
                return state.result
            }
            if let known { return known }
            switch await waiter.wait(until: deadline) {
            case .ready, .timedOut: return state.withLock { $0.result }
            case .cancelled, .closed: throw .cancelled
            }
        }
    }

    /// A request's part in a flight.
    enum Part {
        /// It has to call a model, and to end the flight whatever happens.
        case leader(Flight)
        case follower(Flight)
    }

    private let flights = Mutex<[Key: Flight]>([:])

    /// Follows the request that is under way for `key`, or goes ahead.
    func join(_ key: AnswerKey, of client: Client) -> Part {
        let key = Key(answer: key, policy: client.policy)
        return flights.withLock { flights in
            if let flight = flights[key] { return .follower(flight) }
            let flight = Flight(key)
            flights[key] = flight
            return .leader(flight)
        }
    }

    /// Tells whoever follows `flight` what became of it.
    func end(_ flight: Flight, with result: Result) {
        flights.withLock { $0[flight.key] = nil }
        let followers = flight.state.withLock { state in
            state.result = result
            defer { state.followers = [] }
            return state.followers
        }
        for follower in followers { follower.run { $0.end(.ready) } }
    }
}
