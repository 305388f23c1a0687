internal import Ledger
internal import Synchronization

/// The latest requests that are over, kept while somebody watches.
///
/// Safe to use from any thread. While nobody watches a request costs one load of a counter.
final class RecentRequests: Sendable {
    /// What came after a place in the row of all requests.
    struct News {
        /// The latest of them, the oldest first.
        let rows: [RequestRow]
        /// How many there were before these that are not kept any more.
        let missed: Int
        /// Where to go on.
        let place: Int
    }

    private struct State {
        var ring: [RequestRow] = []
        /// How many were noted in all; the next one's place in the ring is this modulo ``RecentRequests/kept``.
        var count = 0
    }

    /// More than a person can read in a second.
    static let kept = 50

    private let watcherCount = Atomic<Int>(0)
    private let state = Mutex(State())

    /// Where a watcher begins.
    var place: Int { state.withLock { $0.count } }

    /// Somebody who watches, for as long as this is kept; `nil` if `countMax` watch already.
    func watch(countMax: Int) -> Watch? {
        let watch = Watch(of: self)
        return watcherCount.load(ordering: .relaxed) <= countMax ? watch : nil
    }

    /// One who watches.
    final class Watch: Sendable {
        private let requests: RecentRequests

        fileprivate init(of requests: RecentRequests) {
            self.requests = requests
            requests.watcherCount.add(1, ordering: .relaxed)
        }

        deinit { requests.watcherCount.subtract(1, ordering: .relaxed) }
    }

    /// Keeps a request, if somebody watches.
    func note(_ row: RequestRow) {
        guard watcherCount.load(ordering: .relaxed) > 0 else { return }
        state.withLock { state in
            if state.ring.count < Self.kept {
                state.ring.append(row)
            } else {
                state.ring[state.count % Self.kept] = row
            }
            state.count += 1
        }
    }

    /// What was noted since `place`.
    func news(since place: Int) -> News {
        state.withLock { state in
            let first = max(place, state.count - state.ring.count)
            let rows = (first..<state.count).map { state.ring[$0 % Self.kept] }
            return News(rows: rows, missed: first - place, place: state.count)
        }
    }
}
