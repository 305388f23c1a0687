internal import Configuration
internal import HTTP
internal import Synchronization

/// One simulated model and what has been asked of it; shared by the loops.
final class ModelTally: Sendable {
    /// Requests whose attempts are counted apart; beyond that all are forgotten, as tests have fewer.
    private static let requestsMax = 10_000

    let behaviour: SimulationSettings.Behaviour
    /// Requests, and those that drew their own performance.
    let calls = Atomic<UInt64>(0)
    let turns = Atomic<UInt64>(0)
    let active = Atomic<Int>(0)
    /// Requests whose client went away before their end.
    let aborted = Atomic<UInt64>(0)
    /// Tokens of answers, sent or about to be.
    private let tokens = Atomic<UInt64>(0)
    private let state = Mutex(State())

    private struct State {
        var faults: [String: Int] = [:]
        /// How many attempts each request has made.
        var attempts: [String: UInt64] = [:]
    }

    init(_ behaviour: SimulationSettings.Behaviour) { self.behaviour = behaviour }

    /// Counts an attempt at request `id` and returns how many there were before; 0 for a request without one.
    func nextAttempt(of id: String?) -> UInt64 {
        guard let id else { return 0 }
        return state.withLock { state in
            if state.attempts.count >= Self.requestsMax { state.attempts.removeAll() }
            defer { state.attempts[id, default: 0] += 1 }
            return state.attempts[id] ?? 0
        }
    }

    func count(tokens count: Int) { tokens.add(UInt64(max(count, 0)), ordering: .relaxed) }

    func note(_ fault: SimulatedFault) {
        guard fault != .none else { return }
        let word = fault.text.prefix { $0 != ":" }
        state.withLock { $0.faults[String(word), default: 0] += 1 }
    }

    func write(to writer: inout JSONWriter) {
        let faults = state.withLock { $0.faults }
        writer.object { model in
            model.member("id", behaviour.id)
            model.member("calls", Int(clamping: calls.load(ordering: .relaxed)))
            model.member("in_flight", active.load(ordering: .relaxed))
            model.member("aborted", Int(clamping: aborted.load(ordering: .relaxed)))
            model.member("tokens", Int(clamping: tokens.load(ordering: .relaxed)))
            model.object("faults") { object in
                for (word, count) in faults.sorted(by: { $0.key < $1.key }) {
                    object.key(named: word)
                    object.value(count)
                }
            }
        }
    }
}
