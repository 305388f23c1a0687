internal import Accounting
internal import Configuration
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Synchronization
internal import Tenancy
internal import Upstream

/// Everything that decides how a request is treated, as one immutable value: a reload swaps it whole.
///
/// A request keeps the policy that it began with, so it never sees half of a change.
final class Policy: Sendable {
    /// What was read from files, or imported.
    let loaded: GatewayConfiguration
    /// That, with the models that administration has changed.
    let configuration: GatewayConfiguration
    /// How the footprint of each model's requests is worked out, by its index in the catalogue.
    let footprints: [FootprintModel]
    /// What shares out the energy of one's own workers that have `watts` or a `power_url`, likewise.
    let meters: [WorkerMeter?]
    /// Swapped whole after each look at the grids.
    private let outlook: Mutex<(router: Router, book: IntensityBook, at: Int64)>
    /// The models' run-time state; it outlives a reload for the models that stay.
    let fleet: Fleet
    let admission: Admission
    /// Where each model answers, by its index in the catalogue.
    let backends: [Backend]
    /// Routers that have learned.
    let learnedRouters: [LearnedRouter]
    /// Routers that choose models by themselves.
    let choosers: [Chooser]
    /// Their files as they were when they were read.
    let routerFiles: [FileMark?]
    /// Whether the ledger knows of a call before it begins, and of an answer before it is whole.
    var isStrict: Bool { settings.ledger.durability == .strict }
    /// The tokenizers that models name, by their folders.
    private let counters: [String: TokenCounter]
    /// Who may use the API.
    let keys: KeyDirectory
    /// What administration has set up.
    let stored: ControlContents
    /// The order in which `auto` requests may be given models; `nil` for all.
    let autoModels: [ModelID]?
    /// How requests are routed that ask for no strategy.
    let defaultStrategy: Strategy
    let timeLimits: TimeLimits
    /// What is done about failures.
    let failures: FailurePolicy
    /// What pays for further attempts.
    let retries: ExtraAttempts
    /// When answers of the strategy `cascade` are not good enough.
    let cascade: CascadePolicy
    /// When late requests are sent a second time; `nil` for never.
    let hedging: Hedging?
    /// The catalogue as plans see it; `nil` where nobody plans, or there are not two tiers to choose from.
    let plannedFleet: PlannedFleet?
    /// The budgets and rate limits.
    let rules: SpendControl.Rules
    /// The models that have rate limits of their own, by their places in the catalogue.
    let limitedModels: Set<Int>
    /// The models that have budgets of their own, by their places in the catalogue.
    let budgetedModels: [Int]

    var settings: Settings { configuration.settings }
    var catalogue: Catalogue { configuration.catalogue }

    /// The policy of `loaded`, taking over the statistics and the queue of the one that it replaces.
    ///
    /// `stored` is what administration has set up, `hasher` hashes the keys that clients show, and `learned` is how tokens
    /// went with bytes before the process began. One that is only tried (`isTrial`) has a fleet and a queue of its own, so
    /// that nothing of the policy in force is touched.
    init(
        _ loaded: GatewayConfiguration,
        _ stored: ControlContents,
        _ hasher: KeyHasher,
        learned: [ModelID: TokenCalibration.State] = [:],
        replacing old: Policy?,
        isTrial: Bool = false
    ) throws(GatewayStartError) {
        let configuration = try loaded.overridden(by: stored)
        self.loaded = loaded
        let routing = configuration.settings.routing
        // First whatever may be refused: a reload that is refused changes nothing.
        var backends: [Backend] = []
        let counters = try Self.counters(of: configuration.catalogue.models, old?.counters ?? [:])
        self.counters = counters
        routerFiles = Self.routerFiles(configuration.settings)
        learnedRouters = try Self.learnedRouters(
            configuration.settings,
            configuration.catalogue,
            replacing: old?.learnedRouters ?? []
        )
        choosers = try Self.choosers(configuration.settings, configuration.catalogue)
        for model in configuration.catalogue.models {
            let before = old.flatMap { old in old.catalogue.index(of: model.id.rawValue).map { old.backends[$0] } }
            backends.append(
                try Backend(
                    model,
                    secret: model.keyVariable.flatMap { configuration.secrets[$0] },
                    calibration: before?.calibration ?? TokenCalibration(learned[model.id] ?? .init()),
                    counter: model.tokenizer.flatMap { counters[$0] }
                )
            )
        }
        keys = try KeyDirectory.make(configuration, stored, hasher)
        rules = try SpendControl.Rules(configuration, stored, keys.keys, at: WallClock.unixMilliseconds)
        self.stored = stored
        self.backends = backends
        self.configuration = configuration
        timeLimits = TimeLimits(configuration.settings)
        failures = FailurePolicy(routing)
        retries = .retries(configuration.settings.health)
        hedging = Hedging(routing.hedging, budgets: rules.budgets)
        let health = HealthSettings(configuration.settings)
        cascade = CascadePolicy(routing.cascade)
        defaultStrategy = Strategy(rawValue: routing.defaultStrategy) ?? .balanced
        let planner = configuration.settings.planner
        plannedFleet = planner.mode == .off ? nil : PlannedFleet(planner, configuration.catalogue)
        footprints = try Self.footprints(configuration.catalogue)
        meters = Self.meters(configuration, old?.metersByModel ?? [:])
        let book = old?.outlook.withLock { $0.book } ?? IntensityBook()
        let now = WallClock.unixMilliseconds / 1000
        outlook = Mutex((Self.router(configuration, footprints, book, at: now), book, now))
        fleet =
            if let old, !isTrial {
                Fleet.inheriting(
                    old.fleet,
                    catalogue: configuration.catalogue,
                    windowSize: routing.windowSize,
                    priorWeight: routing.priorWeight,
                    health: health
                )
            } else {
                Fleet(
                    catalogue: configuration.catalogue,
                    windowSize: routing.windowSize,
                    priorWeight: routing.priorWeight,
                    health: health
                )
            }
        admission = Admission(fleet: fleet, queueMax: routing.queueMax, replacing: isTrial ? nil : old?.admission)
        autoModels = routing.autoModels.isEmpty ? nil : routing.autoModels.map { ModelID($0) }
        let scopes = rules.budgets.map(\.scope)
        let limited = rules.rateLimits.map(\.scope)
        limitedModels = Set(
            configuration.catalogue.models.indices.filter {
                limited.contains(.model(configuration.catalogue.models[$0].id))
            }
        )
        budgetedModels = configuration.catalogue.models.indices.filter {
            scopes.contains(.model(configuration.catalogue.models[$0].id))
        }
        // A model without its key would answer 401 every time: leave it out until the key is there.
        for (index, model) in configuration.catalogue.models.enumerated() {
            if !configuration.hasKey(for: model) {
                fleet.switchOff(index)
            } else if let before = old?.catalogue[model.id], old?.configuration.hasKey(for: before) == false {
                fleet.switchOn(index)
            }
        }
    }

    /// Chooses models, with what their requests emit on the grids as they were last heard of.
    var router: Router { outlook.withLock { $0.router } }

    /// What has to be held for requests of the model at `index`.
    func holdRate(_ index: Int) -> HoldRate { outlook.withLock { $0.router.holdRate(index) } }

    /// Whether budgets of which `left` is left pay for a hold of so many tokens, whichever the model is.
    func holdsFit(inputTokens: Int, outputTokens: Int, in left: Charge) -> Bool {
        outlook.withLock { $0.router.holdsFit(inputTokens: inputTokens, outputTokens: outputTokens, in: left) }
    }

    /// Goes by the grids as they are in `book` at a time, in seconds since 1970 UTC; usually now.
    func follow(_ book: IntensityBook, at now: Int64 = WallClock.unixMilliseconds / 1000) {
        let router = Self.router(configuration, footprints, book, at: now)
        outlook.withLock { $0 = (router, book, now) }
    }

    /// The intensity of a zone's grid that it goes by.
    func intensity(of zone: String) -> GridIntensity {
        outlook.withLock { $0.book.intensity(of: zone, at: $0.at) }
    }

    /// An empty cache for this policy's decisions.
    func makeDecisionCache() -> DecisionCache {
        let cache = settings.routing.decisionCache
        return DecisionCache(capacity: cache.entriesMax, timeToLive: .seconds(cache.ttlSecondsMax))
    }
}

extension GatewayConfiguration {
    /// The configuration with what administration has made of its models.
    func overridden(by stored: ControlContents) throws(GatewayStartError) -> GatewayConfiguration {
        do throws(ConfigurationErrors) {
            return try overriding(stored.models.map { ($0.id.rawValue, $0.entry) })
        } catch {
            throw .tenancy(reason: "\(error)")
        }
    }
}
