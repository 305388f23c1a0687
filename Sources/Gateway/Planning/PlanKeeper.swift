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
    /// Why a plan is made.
    enum Reason: String, CaseIterable {
        /// There was none.
        case start
        /// Settings, models or tiers have changed.
        case settings
        /// Its time has come.
        case timer
        /// More or fewer requests come than were foreseen.
        case demand
        /// The grid emits more or less than was foreseen.
        case grid
        /// An administrator asked for it.
        case asked
    }

    /// What became of plans, for metrics.
    struct Report: Hashable, Sendable {
        var made: [Reason: Int] = [:]
        var failures = 0
        /// Why the last one could not be made; `nil` if it could.
        var lastFailure: String?
        /// What the last one took.
        var seconds = 0.0
        /// How far it may be from the best there is.
        var gap = 0.0
        /// What it expects to spend, in the metric's unit.
        var expected = 0.0
        var unit = ""
    }

    private struct State {
        var report = Report()
        /// What the plan in force was made for.
        var settings: Settings.Planner?
        var fleet: PlannedFleet?
        /// When it was made, in milliseconds since 1970 UTC.
        var plannedAt: Int64 = 0
        /// The hour whose shares the ledger has.
        var keptHour = 0
        /// What grids emitted, by zone and hour, as far back as plans look.
        var intensities: [String: [Int: Double]] = [:]
        var isStopped = false
    }

    /// What a plan is made from, beside the ledger.
    typealias View = @Sendable () -> (policy: Policy, book: IntensityBook)?

    /// Plans beyond so many are forgotten.
    private static let plansMax = 1000
    /// How long the rows of an hour that has ended take to be written.
    private static let settlingMilliseconds: Int64 = 1000

    private let control: ControlStore
    private let quotas: QuotaControl
    private let log: Logger
    private let queue = DispatchQueue(label: "switchyard.plan", qos: .utility)
    private let state = Mutex(State())

    init(_ control: ControlStore, _ quotas: QuotaControl, log: Logger) {
        self.control = control
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
            self.queue.asyncAfter(deadline: .now() + pause) { self.start(view) }
        }
    }

    /// Ends it; blocks until what was begun is done.
    func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync {}
    }

    /// Seconds until the next look: soon enough for the next plan that is due.
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
            try control.gatherDemand()
            let zone = Self.zone(settings, fleet, policy)
            try learn(book, zone, since: Int(now / 3_600_000) - settings.historyDays * 24, now: now)
            if let reason = isAsked ? .asked : reason(settings, fleet, policy, now: now) {
                try plan(for: reason, settings, fleet, policy, book, zone, now: now)
            }
            try keepShares(of: Int(now / 3_600_000))
        } catch {
            fail("the ledger cannot be read: \(error)")
        }
    }

    /// Why a plan is due; `nil` if none is.
    private func reason(_ settings: Settings.Planner, _ fleet: PlannedFleet, _ policy: Policy, now: Int64) -> Reason? {
        guard let quotas = quotas.quotas else { return .start }
        let (before, planned, at) = state.withLock { ($0.settings, $0.fleet, $0.plannedAt) }
        guard before == settings, planned == fleet else { return .settings }
        let interval = Int64(settings.intervalSeconds * 1000)
        func slot(_ time: Int64) -> Int64 { (time - Self.settlingMilliseconds) / interval }
        guard slot(at) == slot(now) else { return .timer }
        // Twelve times an interval at most, however things go.
        guard now - at >= interval / 12 else { return nil }
        let hour = Int(now / 3_600_000)
        if let zone = Self.zone(settings, fleet, policy) {
            let foreseen = quotas.intensity[quotas.place(of: hour)]
            if abs(policy.intensity(of: zone).central - foreseen) > settings.departure * foreseen { return .grid }
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

    /// The zone of the grid that plans go by: the settings', else that of most of the models.
    private static func zone(_ settings: Settings.Planner, _ fleet: PlannedFleet, _ policy: Policy) -> String? {
        if let zone = settings.zone { return zone }
        let zones = fleet.rungs.flatMap(\.models).compactMap { policy.footprints[$0].zone }
        let counts = Dictionary(zones.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// Remembers what the zone's grid emitted in hours that have ended, beyond a restart.
    private func learn(_ book: IntensityBook, _ zone: String?, since first: Int, now: Int64) throws(ControlError) {
        guard let zone else { return }
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

    // MARK: A plan

    private func plan(
        for reason: Reason,
        _ settings: Settings.Planner,
        _ fleet: PlannedFleet,
        _ policy: Policy,
        _ book: IntensityBook,
        _ zone: String?,
        now: Int64
    ) throws(ControlError) {
        let hour = Int(now / 3_600_000)
        let first = hour - settings.historyDays * 24
        let rows = try control.demand(in: first..<hour)
        let intensity = zone.map { policy.intensity(of: $0).central } ?? GridIntensity.world.central
        let draft: PlanDraft
        do throws(PlanningError) {
            draft = try PlanDraft(
                settings,
                fleet: fleet,
                from: hour,
                demand: DemandOutlook(
                    from: hour,
                    passed: Double(now % 3_600_000) / 3_600_000,
                    horizon: settings.plannedHours,
                    back: settings.validityHours - 1,
                    rows: rows,
                    seen: quotas.seen(in: hour),
                    fleet: fleet,
                    models: Dictionary(policy.catalogue.models.enumerated().map { ($1.id, $0) }) { first, _ in first }
                ),
                intensity: IntensityOutlook(
                    from: hour,
                    horizon: settings.plannedHours,
                    history: zone.flatMap { zone in state.withLock { $0.intensities[zone] } } ?? [:],
                    series: zone.flatMap(book.series(of:)),
                    now: intensity
                ),
                // Two weeks: prices, models and prompts change.
                rates: policy.rates(of: fleet, seen: rows.filter { $0.hour >= hour - 336 }, at: intensity)
            )
        } catch {
            return fail(error.message)
        }
        let old = quotas.quotas
        let hysteresis = reason == .settings ? -1 : settings.hysteresis
        func numbered(_ number: Int64) -> Quotas {
            draft.quotas(plan: number, madeAt: now, reason: reason.rawValue)
                .keeping(hour, of: old, unlessBeyond: hysteresis)
        }
        let number = try control.keepPlan(
            madeAt: now,
            reason: reason.rawValue,
            plansMax: Self.plansMax,
            document: { draft.document(of: numbered($0)) },
            shares: { numbered($0).shares(of: hour) }
        )
        quotas.replace(numbered(number))
        try control.prunePlans(before: first - settings.validityHours)
        state.withLock { state in
            state.settings = settings
            state.fleet = fleet
            state.plannedAt = now
            state.keptHour = hour
            state.report.made[reason, default: 0] += 1
            state.report.lastFailure = nil
            state.report.seconds = draft.plan.effort.seconds
            state.report.gap = draft.plan.gap
            state.report.expected = draft.plan.cost
            state.report.unit = draft.plan.goal.metric.unit
        }
        log.debug("planned", metadata: ["plan": "\(number)", "reason": "\(reason.rawValue)"])
    }

    /// Notes what the plan in force wants of an hour that has begun, to be held against what comes.
    private func keepShares(of hour: Int) throws(ControlError) {
        guard let quotas = quotas.quotas, state.withLock({ $0.keptHour != hour }) else { return }
        try control.keepShares(quotas.shares(of: hour))
        state.withLock { $0.keptHour = hour }
    }

    private func fail(_ reason: String) {
        let isNew = state.withLock { state in
            defer { state.report.lastFailure = reason }
            state.report.failures += 1
            return state.report.lastFailure != reason
        }
        guard isNew else { return }
        let goesOn = quotas.quotas == nil ? "requests are held to none" : "the last one goes on"
        log.warning("no plan can be made, and \(goesOn)", metadata: ["reason": "\(reason)"])
    }
}

extension Quotas {
    /// What it wants of an hour, as the ledger keeps it.
    func shares(of hour: Int) -> [PlannedShare] {
        groups.indices.flatMap { group in
            zip(tiers, shares(hour: hour, group: group)).map { tier, share in
                PlannedShare(
                    hour: hour,
                    group: groups[group],
                    tier: tier,
                    plan: plan,
                    share: share,
                    expectedRequests: demand(hour: hour, group: group)
                )
            }
        }
    }
}
