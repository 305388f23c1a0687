internal import Configuration
internal import Domain
internal import Reactor
internal import Routing
internal import Synchronization

/// What keeps attempts beyond the first a small share of the requests, whatever happens: one for all loops.
final class ExtraAttempts: Sendable {
    private let budget: Mutex<AttemptBudget>

    private init(_ budget: AttemptBudget) { self.budget = Mutex(budget) }

    /// Those that follow a failure.
    static func retries(_ settings: Settings.Health) -> ExtraAttempts {
        ExtraAttempts(
            AttemptBudget(
                share: settings.retryShare,
                perSecondMin: settings.retriesPerSecond,
                capacity: Double(settings.retriesSavedMax),
                now: Instant.now.nanoseconds
            )
        )
    }

    /// Those that are sent beside a late one.
    static func hedges(_ settings: Settings.Hedging) -> ExtraAttempts {
        ExtraAttempts(
            AttemptBudget(
                share: settings.shareMax,
                perSecondMin: 0,
                capacity: Double(settings.savedMax),
                now: Instant.now.nanoseconds
            )
        )
    }

    /// Takes note of one request.
    func deposit() { budget.withLock { $0.deposit() } }

    /// Pays for one attempt; false if there is nothing left to pay with.
    func withdraw(now: Instant) -> Bool { budget.withLock { $0.withdraw(now: now.nanoseconds) } }
}

/// When a late request is sent a second time, and what pays for that.
struct Hedging: Sendable {
    let policy: HedgePolicy
    let attempts: ExtraAttempts

    /// `nil` where it never is: switched off, or a budget caps each request, which two attempts at once could exceed.
    init?(_ settings: Settings.Hedging, budgets: [Budget]) {
        guard settings.enabled, !budgets.contains(where: { $0.window == .request }) else { return nil }
        policy = HedgePolicy(
            quantile: settings.quantile,
            delayMin: .seconds(settings.delaySecondsMin),
            samplesMin: settings.samplesMin,
            pricePerSecondMax: Money(dollars: settings.dollarsPerSecondMax) ?? .zero
        )
        attempts = .hedges(settings)
    }
}
