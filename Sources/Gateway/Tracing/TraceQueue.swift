internal import Synchronization

/// Traces that wait to be exported: bounded, the oldest go first where there is no room.
///
/// Safe to use from any thread.
final class TraceQueue: Sendable {
    /// How many went which way since the start.
    struct Counts: Hashable, Sendable {
        var exported = 0
        var dropped = 0
    }

    /// The most of one export.
    static let batch = 512

    private struct State {
        var traces: [Trace] = []
        var counts = Counts()
    }

    private let state = Mutex(State())

    var counts: Counts { state.withLock { $0.counts } }
    var waiting: Int { state.withLock { $0.traces.count } }

    /// Adds a trace; of more than `countMax` the oldest are dropped, a batch at a time.
    func add(_ trace: Trace, countMax: Int) {
        state.withLock { state in
            state.traces.append(trace)
            guard state.traces.count > countMax else { return }
            let excess = min(max(state.traces.count - countMax, Self.batch), state.traces.count - 1)
            state.traces.removeFirst(max(excess, 1))
            state.counts.dropped += max(excess, 1)
        }
    }

    /// The oldest, a batch at most, which are taken out.
    func take() -> [Trace] {
        state.withLock { state in
            let taken = Array(state.traces.prefix(Self.batch))
            state.traces.removeFirst(taken.count)
            return taken
        }
    }

    /// Tells that what was taken has arrived.
    func settle(exported count: Int) { state.withLock { $0.counts.exported += count } }

    /// Puts back what did not arrive and may be sent again.
    func putBack(_ traces: [Trace]) { state.withLock { $0.traces.insert(contentsOf: traces, at: 0) } }

    /// Gives up what did not arrive.
    func drop(_ count: Int) { state.withLock { $0.counts.dropped += count } }
}
