internal import Budgets
internal import Configuration
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Server
internal import Synchronization

extension GatewayService {
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
            leases: spending.leases.map { keeper in
                MetricsPage.Leases(
                    report: keeper.report,
                    leases: spending.book.leases(now: WallClock.unixMilliseconds)
                )
            },
            grids: gridMetrics,
            workers: zip(policy.catalogue.models, policy.meters).compactMap { model, meter in
                meter.map { meter in
                    let sums = meter.sums(at: now)
                    return (model.id, sums.total, sums.finished, sums.unallocated)
                }
            },
            unreadPages: workerWatch.failures,
            encoders: (encoder.map { [(nil, $0.counts)] } ?? [])
                + policy.learnedRouters.compactMap { router in router.classifier.map { (router.id, $0.pool.counts) } },
            feedbackRows: feedback.count,
            bandits: bandits.all,
            planning: policy.plannedFleet == nil ? nil : planMetrics,
            traces: policy.settings.tracing.url == nil ? nil : traces.counts,
            version: version,
            now: now
        )
    }
}
