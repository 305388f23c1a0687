public import Configuration
internal import Dispatch
internal import Domain
internal import Glibc
internal import Ledger
public import Logging
internal import Reactor
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
    let coalescer: Coalescer?
    /// What turns prompts into vectors; `nil` where no model for it is set up.
    let encoder: EncoderPool?
    /// What routers make of prompts without vectors.
    let estimates: BackgroundQueue
    /// What routers learn while they serve.
    let feedback: FeedbackLearner
    /// Routers that learn to choose while they serve.
    let bandits: BanditKeeper
    let spending: SpendControl
    /// Which of our own workers tell nothing of themselves.
    let workerWatch: WorkerWatch
    /// What is known of the grids that models run on.
    let grids: GridWatch
    /// Holds requests to the plan in force.
    let quotas = QuotaControl()
    /// Makes plans.
    let planKeeper: PlanKeeper
    /// Traces on their way to a collector.
    let traces = TraceQueue()
    /// The latest requests, for those who watch.
    let recent = RecentRequests()
    let startedUnixSeconds = Int(WallClock.unixMilliseconds / 1000)
    let log: Logger
    let load: Loader
    /// What the files said when they were last read, as an export.
    let files: Mutex<String>
    private let loops: [EventLoop]
    private let workers: [ObjectIdentifier: LoopBound<Worker>]
    let shards: [MetricsShard]
    let upstreams: [UpstreamMetrics]
    let current: Mutex<Policy>
    /// The listeners: the API's, then the administration's.
    let servers = Mutex<[HTTPServer]>([])
    private let state = Mutex(State.made)
    /// What is done beside requests, until the end.
    private let chores = Mutex<[Task<Void, Never>]>([])
    /// What of that makes calls on a loop.
    private let watches = Mutex<[Task<Void, Never>]>([])
    /// Reads files, which no loop may wait for; serial, so that each reload replaces the one before.
    let reloads = DispatchQueue(label: "switchyard.reload")

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
        self.version = version
        self.log = log
        self.load = load
        workerWatch = WorkerWatch(log: log)
        ledger = try Self.openLedger(configuration, log)
        control = try Self.openControl(configuration)
        let stored = try Self.contents(of: control)
        files = Mutex(configuration.exportedJSON)
        let configuration = configuration.overlaid(by: stored.imported, log)
        let settings = configuration.settings
        grids = GridWatch(log: log)
        grids.follow(configuration)
        administration = try Administration(ledger: configuration.ledgerLocation)
        hasher = try Self.makeHasher(configuration)
        canIssueKeys = configuration.keyPepper != nil
        let policy = try Policy(configuration, stored, hasher, learned: try Self.learned(by: control), replacing: nil)
        current = Mutex(policy)
        let lost = policy.keys.lostKeys
        if !lost.isEmpty {
            log.warning(
                "\(lost.count) keys were hashed under another \(settings.keyPepperVariable): nobody can use them"
            )
        }
        spending = try Self.makeSpending(policy, ledger, log)
        let leases = spending.leases
        planKeeper = PlanKeeper(
            control,
            quotas,
            role: { leases.map { $0.isLeader ? .leading : .following } ?? .alone },
            log: log
        )
        encoder = try EncoderPool.make(settings.encoder)
        estimates = BackgroundQueue(forEstimatesBy: settings.encoder)
        let location = configuration.ledgerLocation
        let judged = try FeedbackReader(ledger: location, for: "routers", queue: "switchyard.feedback", log: log)
        feedback = FeedbackLearner(judged, encoder: encoder?.name)
        feedback.follow(policy)
        let tried = try FeedbackReader(ledger: location, for: "bandits", queue: "switchyard.bandits", log: log)
        bandits = BanditKeeper(tried, log: log)
        bandits.follow(policy)
        cache =
            settings.cache.enabled
            ? ResponseCache(bytesMax: settings.cache.bytesMax, timeToLive: .seconds(settings.cache.ttlSeconds)) : nil
        coalescer = settings.cache.coalesce ? Coalescer() : nil
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
                let holds = YoungHolds(
                    on: loop,
                    tick: .milliseconds(settings.ledger.tickMilliseconds),
                    ledger: ledger
                )
                let worker = Worker(
                    loop: loop,
                    upstream: client,
                    metrics: shard,
                    holds: holds,
                    seed: seed &+ UInt64(index)
                )
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

    /// Whether a request may get another one's answer.
    var sharesAnswers: Bool { cache != nil || coalescer != nil }

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
        try await restoreSpending(policy.configuration)
        await readGridFiles()
        let api = try await listen(settings.api, settings.limits, on: loops, Routes(service: self))
        // Without an address administration is off.
        let admin =
            settings.admin.addresses.isEmpty
            ? [] : try await listen(settings.admin, settings.limits, on: [loops[0]], AdminRoutes(service: self))
        keepPrices(of: policy)
        await keepVersion(by: "start", as: .start)
        state.withLock { $0 = .started }
        chores.withLock { $0 = [Task { await self.keepToRetention() }] }
        chores.withLock { $0.append(Task { await self.watchRouters() }) }
        if hasher.previous != nil { chores.withLock { $0.append(Task { await self.renewKeys() }) } }
        awaitLapse(of: policy)
        startPlanning()
        watches.withLock {
            $0 = [
                Task { await self.watchGrids() }, Task { await self.watchPower() }, Task { await self.watchLoad() },
                Task { await self.keepHealthy() }, Task { await self.exportTraces() },
            ]
        }
        return (api, admin)
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
        let watches = watches.withLock { $0 }
        for watch in watches { watch.cancel() }
        // Their calls are on a loop that is about to stop.
        for watch in watches { await watch.value }
        let deadline = Instant.now.advanced(by: .seconds(policy.settings.limits.drainSecondsMax))
        for server in servers.withLock({ $0 }) { await server.drain(deadline: deadline) }
        if let problem = await exportWaitingTraces() { log.warning("the last traces are not exported: \(problem)") }
        planKeeper.stop()
        keepLearned()
        await ledger.flush()
        // The others add up what this one took from its rows.
        spending.leases?.stop()
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
}
