internal import Budgets
public import Configuration
internal import Dispatch
internal import Domain
internal import Glibc
internal import Ledger
public import Logging
internal import Reactor
internal import Routing
internal import Server
internal import Synchronization
internal import Tenancy
internal import Upstream

/// One gateway process: its loops, its listeners, its ledger, and the policy that they serve by.
///
/// States: made → started → draining → stopped. The policy is one immutable value, swapped whole by ``reload()``.
public final class GatewayService: Sendable {
    /// Reads the configuration anew, for a reload.
    public typealias Loader = @Sendable () -> Result<GatewayConfiguration, ConfigurationErrors>

    let version: String
    let ledger: LedgerWriter
    /// What administration has set up, and its audit.
    let control: ControlStore
    /// What administration works with, beside the policy.
    let administration: Administration
    let hasher: KeyHasher
    /// Whether keys can be made that outlive this process: there is a pepper.
    let canIssueKeys: Bool
    let cache: ResponseCache?
    let spending: SpendControl
    /// What is known of the grids that models run on.
    let grids: GridWatch
    let startedUnixSeconds = Int(WallClock.unixMilliseconds / 1000)
    let log: Logger
    private let load: Loader
    private let loops: [EventLoop]
    private let workers: [ObjectIdentifier: LoopBound<Worker>]
    private let shards: [MetricsShard]
    private let upstreams: [UpstreamMetrics]
    private let current: Mutex<Policy>
    /// The listeners: the API's, then the administration's.
    let servers = Mutex<[HTTPServer]>([])
    private let state = Mutex(State.made)
    /// What is done beside requests, until the end.
    private let chores = Mutex<[Task<Void, Never>]>([])
    private let gridTask = Mutex<Task<Void, Never>?>(nil)
    private let powerTask = Mutex<Task<Void, Never>?>(nil)
    /// Reads files, which no loop may wait for; serial, so that each reload replaces the one before.
    private let reloads = DispatchQueue(label: "switchyard.reload")

    private enum State {
        case made, started, draining, stopped
    }

    /// Opens the ledger and starts the loops; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: What to run by.
    ///   - version: What `/version` answers.
    ///   - log: Where problems go.
    ///   - load: Reads the configuration for a reload.
    /// - Throws: ``GatewayStartError``.
    public init(
        configuration: GatewayConfiguration,
        version: String,
        log: Logger,
        load: @escaping Loader
    ) throws(GatewayStartError) {
        let settings = configuration.settings
        self.version = version
        self.log = log
        self.load = load
        grids = GridWatch(log: log)
        grids.follow(configuration)
        ledger = try Self.openLedger(settings, log)
        control = try Self.openControl(settings)
        administration = try Administration(ledgerPath: settings.ledgerPath)
        hasher = try Self.makeHasher(configuration)
        canIssueKeys = configuration.keyPepper != nil
        let policy = try Policy(configuration, try Self.contents(of: control), hasher, replacing: nil)
        current = Mutex(policy)
        let lost = policy.keys.lostKeys
        if !lost.isEmpty {
            log.warning(
                "\(lost.count) keys were hashed under another \(settings.keyPepperVariable): nobody can use them"
            )
        }
        spending = SpendControl(
            policy.rules,
            holdSecondsMax: settings.limits.requestSecondsMax * 2,
            ledger: ledger,
            now: WallClock.unixMilliseconds
        )
        cache =
            settings.cache.enabled
            ? ResponseCache(bytesMax: settings.cache.bytesMax, timeToLive: .seconds(settings.cache.ttlSeconds)) : nil
        let count = settings.loops > 0 ? settings.loops : sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let seed = settings.routing.seed ?? .random(in: .min ... .max)
        var loops: [EventLoop] = []
        var workers: [ObjectIdentifier: LoopBound<Worker>] = [:]
        var shards: [MetricsShard] = []
        var upstreams: [UpstreamMetrics] = []
        do throws(IOError) {
            for index in 0..<max(count, 1) {
                let loop = try EventLoop(name: "loop-\(index)")
                let shard = MetricsShard()
                let client = UpstreamClient(on: loop, settings: UpstreamSettings(settings.upstream))
                let worker = Worker(loop: loop, upstream: client, metrics: shard, seed: seed &+ UInt64(index))
                loops.append(loop)
                shards.append(shard)
                upstreams.append(client.metrics)
                workers[ObjectIdentifier(loop)] = LoopBound(worker, to: loop)
            }
        } catch {
            throw .system(reason: "\(error)")
        }
        (self.loops, self.workers, self.shards, self.upstreams) = (loops, workers, shards, upstreams)
    }

    /// Where what is nobody's request is done.
    var firstLoop: EventLoop { loops[0] }

    /// The policy that new requests are served by.
    var policy: Policy { current.withLock { $0 } }

    /// The worker of `loop`; on that loop's thread.
    func worker(on loop: EventLoop) -> Worker {
        guard let worker = workers[ObjectIdentifier(loop)] else { preconditionFailure("a loop without a worker") }
        return worker.value
    }

    /// Gives an answer that no request got from a handler an id, under which the log tells of it.
    func idOfRefusal(status: Int, reason: String, on loop: EventLoop) -> RequestID {
        let id = worker(on: loop).makeRequestID()
        log.debug("refused", metadata: ["request": "\(id)", "status": "\(status)", "reason": "\(reason)"])
        return id
    }

    // MARK: Life

    /// Begins to listen.
    ///
    /// - Returns: The API's addresses, then the administration's, with the ports that the kernel chose for 0.
    /// - Throws: ``GatewayStartError``.
    public func start() async throws(GatewayStartError) -> (api: [String], admin: [String]) {
        let settings = policy.settings
        try await restoreSpending(settings)
        await readGridFiles()
        let api = try await listen(settings.api, settings.limits, on: loops, Routes(service: self))
        // Without an address administration is off.
        let admin =
            settings.admin.addresses.isEmpty
            ? [] : try await listen(settings.admin, settings.limits, on: [loops[0]], AdminRoutes(service: self))
        keepPrices(of: policy.configuration)
        state.withLock { $0 = .started }
        chores.withLock { $0 = [Task { await self.keepToRetention() }, Task { await self.keepHealthy() }] }
        awaitLapse(of: policy)
        gridTask.withLock { $0 = Task { await self.watchGrids() } }
        powerTask.withLock { $0 = Task { await self.watchPower() } }
        return (api, admin)
    }

    /// Reads the configuration anew and, if all of it is sound, swaps it in; else nothing changes.
    public func reload() async -> Result<Void, ReloadRefusal> { await adopt(load) }

    /// Swaps in the configuration of `document`, an export, until the next reload; if it is not sound, nothing changes.
    func importConfiguration(_ document: String) async -> Result<Void, ReloadRefusal> {
        await adopt {
            Result { () throws(ConfigurationErrors) in
                try self.policy.loaded.importing(document, file: "<import>")
            }
        }
    }

    private func adopt(_ load: @escaping Loader) async -> Result<Void, ReloadRefusal> {
        await administration.changes.pass {
            await withCheckedContinuation { continuation in
                reloads.async { continuation.resume(returning: self.adoptAtOnce(load)) }
            }
        }
    }

    /// On the queue of reloads.
    private func adoptAtOnce(_ load: Loader) -> Result<Void, ReloadRefusal> {
        let old = policy
        switch load() {
        case .failure(let errors): return .failure(.invalid(errors))
        case .success(let configuration):
            do throws(GatewayStartError) {
                try Self.checkRestart(old.settings, configuration.settings)
                // The policy last: once it is made, models without a key are switched off.
                let certificates = try [configuration.settings.api, configuration.settings.admin].map(Self.tls)
                let policy = try Policy(configuration, try Self.contents(of: control), hasher, replacing: old)
                try follow(policy.rules, settings: configuration.settings)
                grids.follow(configuration)
                policy.follow(grids.book)
                current.withLock { $0 = policy }
                policy.admission.offerFreeSlots()
                keepPrices(of: policy.configuration)
                for warning in configuration.warnings where !old.configuration.warnings.contains(warning) {
                    log.warning("\(warning)")
                }
                for (server, tls) in zip(servers.withLock({ $0 }), certificates) {
                    server.replaceLimits(ServerLimits(configuration.settings.limits))
                    if let tls { server.replaceTLS(tls) }
                }
                awaitLapse(of: policy)
                return .success(())
            } catch {
                return .failure(.unusable(error))
            }
        }
    }

    /// Refuses what contradicts itself, or the settings, were it in the store; off the loops, as price files are read.
    func check(_ next: ControlContents) async throws(GatewayStartError) {
        let loaded = policy.loaded
        let result: Result<Void, GatewayStartError> = await withCheckedContinuation { continuation in
            reloads.async {
                continuation.resume(
                    returning: Result { () throws(GatewayStartError) in
                        let configuration = try loaded.overridden(by: next)
                        _ = try KeyDirectory.make(configuration, next, self.hasher)
                        for model in configuration.catalogue.models { _ = try Backend(model, secret: nil) }
                    }
                )
            }
        }
        try result.get()
    }

    /// Takes over what administration has changed in the store; a contradiction changes nothing.
    func refresh() async throws(GatewayStartError) {
        let result: Result<Void, GatewayStartError> = await withCheckedContinuation { continuation in
            reloads.async { continuation.resume(returning: self.refreshAtOnce()) }
        }
        try result.get()
    }

    /// On the queue of reloads.
    private func refreshAtOnce() -> Result<Void, GatewayStartError> {
        let old = policy
        return Result { () throws(GatewayStartError) in
            let policy = try Policy(old.loaded, try Self.contents(of: control), hasher, replacing: old)
            try follow(policy.rules, settings: policy.settings)
            current.withLock { $0 = policy }
            policy.admission.offerFreeSlots()
            awaitLapse(of: policy)
        }
    }

    /// Stops accepting, lets requests in flight end, writes the ledger out, ends the loops.
    public func drain() async {
        let isFirst = state.withLock { state in
            defer { state = .draining }
            return state == .started || state == .made
        }
        guard isFirst else { return }
        for chore in chores.withLock({ $0 }) { chore.cancel() }
        administration.lapse.withLock { $0?.cancel() }
        // Their calls are on a loop that is about to stop.
        for task in [gridTask.withLock { $0 }, powerTask.withLock { $0 }] {
            task?.cancel()
            await task?.value
        }
        let deadline = Instant.now.advanced(by: .seconds(policy.settings.limits.drainSecondsMax))
        for server in servers.withLock({ $0 }) { await server.drain(deadline: deadline) }
        await ledger.flush()
        ledger.close()
        control.close()
        for loop in loops {
            await loop.perform { self.worker(on: loop).upstream.close() }
            loop.stop()
        }
        // They refer to their handlers, and those to the service.
        servers.withLock { $0 = [] }
        state.withLock { $0 = .stopped }
    }

    /// Whether new requests are welcome: what `/readyz` answers.
    var isReady: Bool { state.withLock { $0 == .started } }

    // MARK: Metrics

    /// The page of `/metrics` as it is now.
    var metricsPage: MetricsPage {
        let policy = policy
        let now = Instant.now
        var requests = RequestMetrics()
        for shard in shards { requests.merge(shard.snapshot()) }
        return MetricsPage(
            requests: requests,
            server: servers.withLock { $0.first?.metrics },
            upstream: upstreams,
            ledger: ledger.metrics,
            queueDepth: policy.admission.depth,
            models: policy.fleet.statistics(now: now.nanoseconds),
            budgets: policy.rules.isEmpty
                ? nil : spending.book.snapshot(now: WallClock.unixMilliseconds, holdsMax: 0),
            grids: gridMetrics,
            workers: zip(policy.catalogue.models, policy.meters).compactMap { model, meter in
                meter.map { meter in
                    let sums = meter.sums(at: now)
                    return (model.id, sums.total, sums.finished, sums.unallocated)
                }
            },
            version: version,
            now: now
        )
    }
}
