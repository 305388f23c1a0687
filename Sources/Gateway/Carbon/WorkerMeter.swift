internal import Accounting
internal import Reactor
internal import Synchronization

/// Shares the energy of one worker of our own among the requests that all loops send it, so that the parts add up.
///
/// Safe to use from any thread: its lock is held for a few additions.
final class WorkerMeter: Sendable {
    typealias Share = PowerMeter.Share

    let idleSpread: Duration
    private let state: Mutex<State>

    private struct State {
        var meter: PowerMeter
        /// Whether anything is known of the power yet.
        var isKnown: Bool
    }

    /// A meter of so many watts; `nil` until the first reading.
    init(watts: Double?, idleSpread: Duration, now: Instant) {
        self.idleSpread = idleSpread
        let meter = PowerMeter(watts: watts ?? 0, idleSpread: idleSpread, now: now.sinceBoot)
        state = Mutex(State(meter: meter, isKnown: watts != nil))
    }

    /// The worker draws so much from this instant on.
    func setPower(watts: Double, at now: Instant) {
        state.withLock { state in
            state.meter.setPower(watts: watts, at: now.sinceBoot)
            state.isKnown = true
        }
    }

    func start(at now: Instant) -> Share { state.withLock { $0.meter.start(at: now.sinceBoot) } }

    /// The joules of a request that ends; `nil` where the power was never known, which is not none.
    func finish(_ share: Share, at now: Instant) -> Double? {
        state.withLock { state in
            let joules = state.meter.finish(share, at: now.sinceBoot)
            return state.isKnown ? joules : nil
        }
    }

    /// All joules so far, those of requests that have ended, and those that nobody has paid for yet.
    func sums(at now: Instant) -> (total: Double, finished: Double, unallocated: Double) {
        state.withLock { state in
            state.meter.advance(to: now.sinceBoot)
            return (state.meter.total, state.meter.finished, state.meter.unallocated)
        }
    }
}

extension Instant {
    /// The time on the monotonic clock.
    fileprivate var sinceBoot: Duration { .nanoseconds(Int64(clamping: nanoseconds)) }
}
