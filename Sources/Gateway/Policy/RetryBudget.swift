internal import Configuration
internal import Reactor
internal import Routing
internal import Synchronization

/// What keeps retries a small share of the requests, whatever fails: one for all loops.
final class RetryBudget: Sendable {
    private let budget: Mutex<AttemptBudget>

    /// A full one.
    init(_ settings: Settings.Health) {
        budget = Mutex(
            AttemptBudget(
                share: settings.retryShare,
                perSecondMin: settings.retriesPerSecond,
                capacity: Double(settings.retriesSavedMax),
                now: Instant.now.nanoseconds
            )
        )
    }

    /// Takes note of one request.
    func deposit() { budget.withLock { $0.deposit() } }

    /// Pays for one retry; false if there is nothing left to pay with.
    func withdraw(now: Instant) -> Bool { budget.withLock { $0.withdraw(now: now.nanoseconds) } }
}
