internal import Accounting
internal import Reactor
internal import Synchronization

/// Shares the energy of one worker of our own among the requests that all loops send it, so that the parts add up.
///
/// Safe to use from any thread: its lock is held for a few additions.
final class WorkerMeter: Sendable {
    typealias Share = PowerMeter.Share

    let idleSpread: Duration
    private let meter: Mutex<PowerMeter>

    init(watts: Double, idleSpread: Duration, now: Instant) {
        self.idleSpread = idleSpread
        meter = Mutex(PowerMeter(watts: watts, idleSpread: idleSpread, now: now.sinceBoot))
    }

    /// The worker draws so much from this instant on.
    func setPower(watts: Double, at now: Instant) { meter.withLock { $0.setPower(watts: watts, at: now.sinceBoot) } }

    func start(at now: Instant) -> Share { meter.withLock { $0.start(at: now.sinceBoot) } }

    /// The joules of a request that ends.
    func finish(_ share: Share, at now: Instant) -> Double {
        meter.withLock { $0.finish(share, at: now.sinceBoot) }
    }

    /// All joules so far, those of requests that have ended, and those that nobody has paid for yet.
    func sums(at now: Instant) -> (total: Double, finished: Double, unallocated: Double) {
        meter.withLock { meter in
            meter.advance(to: now.sinceBoot)
            return (meter.total, meter.finished, meter.unallocated)
        }
    }
}

extension Instant {
    /// The time on the monotonic clock.
    fileprivate var sinceBoot: Duration { .nanoseconds(Int64(clamping: nanoseconds)) }
}
