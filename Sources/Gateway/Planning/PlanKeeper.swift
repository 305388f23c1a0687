internal import Accounting
internal import Configuration
internal import Dispatch
internal import Domain
internal import Ledger
internal import Logging
internal import Planning
internal import Reactor
internal import Synchronization

/// Makes plans: on a timer, when things go otherwise than foreseen, and when asked to.
///
/// A serial queue owns all of it, and no request waits for it: it reads what the ledger has added up, and puts a finished
/// plan in force in one step. Where none can be made the last one goes on, for as long as it takes.
final class PlanKeeper: Sendable {
    struct State {
        var report = Report()
        /// What the plan in force was made for.
        var settings: Settings.Planner?
        var fleet: PlannedFleet?
        /// When it was made, in milliseconds since 1970 UTC.
        var plannedAt: Int64 = 0
        /// The hour whose shares the ledger has.
        var keptHour = 0
        /// What the plan in force was told that its zones would emit, from its first hour on.
        var foreseen: [String: [Double]] = [:]
        /// What grids emitted, by zone and hour, as far back as plans look.
        var intensities: [String: [Int: Double]] = [:]
        var isStopped = false
    }

    /// What a plan is made from, beside the ledger.
    typealias View = @Sendable () -> (policy: Policy, book: IntensityBook)?

    /// How long the rows of an hour that has ended take to be written.
    private static let settlingMilliseconds: Int64 = 1000

    /// How this process stands among replicas: the one that leads plans, and the others follow.
    enum Role { case alone, leading, following }

    let control: ControlStore
    let quotas: QuotaControl
    let log: Logger
    private let role: @Sendable () -> Role
    private let queue = DispatchQueue(label: "switchyard.plan", qos: .utility)
    let state = Mutex(State())

    init(
        _ control: ControlStore,
        _ quotas: QuotaControl,
        role: @escaping @Sendable () -> Role = { .alone },
        log: Logger
    ) {
        self.control = control
        self.role = role
        self.quotas = quotas
        self.log = log
    }

    /// What became of plans so far.
    var report: Report { state.withLock { $0.report } }

    // MARK: The timer

    /// Looks at once, and again and again until ``stop()`` or `view` has nothing to show.
    func start(_ view: @escaping View) {
        queue.async {
            guard let (policy, book) = view(), !self.state.withLock({ $0.isStopped }) else { return }
            self.look(at: policy, book, now: WallClock.unixMilliseconds)
            let pause = Self.pause(policy.settings.planner, now: WallClock.unixMilliseconds)
            self.queue.asyncAfter(deadline: .now() + pause / WallClock.speed) { self.start(view) }
        }
    }

    /// Ends it; blocks until what was begun is done.
    func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync {}
    }

    /// Seconds by the calendar until the next look: soon enough for the next plan that is due.
    private static func pause(_ settings: Settings.Planner, now: Int64) -> Double {
        let interval = Int64(settings.intervalSeconds * 1000)
        let next = (now - settlingMilliseconds) / interval * interval + interval + settlingMilliseconds
        return min(settings.checkSeconds, Double(max(next - now, 1)) / 1000)
    }

    /// Plans at once, and returns why that failed, if it did.
    func plan(_ policy: Policy, _ book: IntensityBook) async -> String? {
        await withCheckedContinuation { continuation in
            queue.async {
                self.look(at: policy, book, now: WallClock.unixMilliseconds, isAsked: true)
                continuation.resume(returning: self.report.lastFailure)
            }
        }
    }

    // MARK: A look

    /// Sees how things go, and plans if there is reason to; on the queue, or in tests.
    func look(at policy: Policy, _ book: IntensityBook, now: Int64, isAsked: Bool = false) {
        let settings = policy.settings.planner
        guard let fleet = policy.plannedFleet else { return quotas.replace(nil) }
        do throws(ControlError) {
            let role = role()
            if role != .alone { try follow(now: now) }
            guard role != .following || isAsked else { return }
            try control.gatherDemand()
            for zone in PlannedGrids(settings, fleet, policy).zones {
                try learn(book, zone, since: Int(now / 3_600_000) - settings.historyDays * 24, now: now)
            }
            if let reason = isAsked ? .asked : reason(settings, fleet, policy, now: now) {
                try plan(for: reason, settings, fleet, policy, book, now: now)
            }
            try keepShares(of: Int(now / 3_600_000))
        } catch {
            fail("the ledger cannot be read: \(error)")
        }
    }

    /// Why a plan is due; `nil` if none is.
    private func reason(_ settings: Settings.Planner, _ fleet: PlannedFleet, _ policy: Policy, now: Int64) -> Reason? {
        guard let quotas = quotas.quotas else { return .start }
        let (before, planned, at, zones) = state.withLock { ($0.settings, $0.fleet, $0.plannedAt, $0.foreseen) }
        guard before == settings, planned == fleet else { return .settings }
        let interval = Int64(settings.intervalSeconds * 1000)
        func slot(_ time: Int64) -> Int64 { (time - Self.settlingMilliseconds) / interval }
        guard slot(at) == slot(now) else { return .timer }
        // Twelve times an interval at most, however things go.
        guard now - at >= interval / 12 else { return nil }
        let hour = Int(now / 3_600_000)
        let place = quotas.place(of: hour)
        for (zone, values) in zones
        where abs(policy.intensity(of: zone).central - values[place])
            > settings.departure * values[place]
        {
            return .grid
        }
        let seen = self.quotas.seen(in: hour)
        let passed = Double(now % 3_600_000) / 3_600_000
        for (index, group) in quotas.groups.enumerated() {
            let expected = quotas.demand(hour: hour, group: index) * passed
            let missed = abs(Double(seen[group] ?? 0) - expected)
            // Three deviations of a Poisson variable are chance, and so are a few requests.
            if missed > max(settings.departure * expected, 3 * expected.squareRoot(), 10) { return .demand }
        }
        return nil
    }

    /// Remembers what a zone's grid emitted in hours that have ended, beyond a restart.
    private func learn(_ book: IntensityBook, _ zone: String, since first: Int, now: Int64) throws(ControlError) {
        let hour = Int(now / 3_600_000)
        var known: [Int: Double]
        if let before = state.withLock({ $0.intensities[zone] }) {
            known = before.filter { $0.key >= first }
        } else {
            known = try control.intensity(of: zone, since: first)
        }
        let missing = max(first, 0)..<max(hour, first, 0)
        let read = (book.series(of: zone)?.hours(missing) ?? [:]).filter { known[$0.key] != $0.value }
        try control.keepIntensity(read, zone: zone)
        known.merge(read) { $1 }
        state.withLock { $0.intensities[zone] = known }
    }
}
