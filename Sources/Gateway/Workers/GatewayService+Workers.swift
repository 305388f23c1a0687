internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Routing
internal import Upstream
internal import Wire

extension GatewayService {
    /// Reads the power of our own workers again and again, until cancelled; a task of its own, off the requests' way.
    func watchPower() async {
        await watchWorkers(every: { .seconds($0.carbon.powerSeconds) }) { policy in
            await self.readPages(
                .power,
                of: policy,
                at: { $0.energy.hardware.powerURL },
                within: .seconds(policy.settings.carbon.sourceSecondsMax)
            ) { index, page in
                let metric = policy.catalogue.models[index].energy.hardware.powerMetric
                guard let watts = Self.watts(in: page, named: metric) else { return "the page has no \(metric)" }
                policy.meters[index]?.setPower(watts: watts, at: .now)
                return nil
            }
        }
    }

    /// Reads the load of our own workers likewise.
    func watchLoad() async {
        await watchWorkers(every: { .seconds($0.health.metricsSeconds) }) { policy in
            await self.readPages(
                .load,
                of: policy,
                at: \.metricsURL,
                within: .seconds(policy.settings.health.metricsSecondsMax)
            ) { index, page in
                guard let load = WorkerMetrics(page) else { return "the page tells of no requests" }
                policy.fleet.report(BackendLoad(load), of: index, now: Instant.now.nanoseconds)
                return nil
            }
        }
    }

    private func watchWorkers(every interval: (Settings) -> Duration, _ look: (Policy) async -> Void) async {
        while true {
            await look(policy)
            do {
                try await Task.sleep(for: interval(policy.settings))
            } catch {
                return
            }
        }
    }

    /// Reads a page of each worker that has one, all at once: one that hangs must not make what others say stale.
    ///
    /// `take` gets a model's place and its page, and says why that is of no use, if it is not.
    private func readPages(
        _ kind: WorkerWatch.Page,
        of policy: Policy,
        at url: (Model) -> String?,
        within limit: Duration,
        _ take: @escaping @Sendable (_ index: Int, _ page: [UInt8]) -> String?
    ) async {
        await withDiscardingTaskGroup { group in
            for (index, model) in policy.catalogue.models.enumerated() {
                guard let url = url(model) else { continue }
                group.addTask {
                    let backend = policy.backends[index]
                    let page = await self.fetch(url, "", backend.transport, within: limit, headerLines: backend.keyLine)
                    // A service that drains has not read what it no longer waited for.
                    guard !Task.isCancelled else { return }
                    switch page {
                    case .success(let page): self.workerWatch.note(take(index, page), reading: kind, of: model.id)
                    case .failure(let error): self.workerWatch.note("\(error)", reading: kind, of: model.id)
                    }
                }
            }
        }
    }

    /// The sum of a metric's samples; `nil` if the page has none that could be watts.
    static func watts(in page: [UInt8], named name: String) -> Double? {
        let name = Array(name.utf8)
        var sum: Double?
        for sample in MetricsText(page) where sample.name.elementsEqual(name) {
            guard sample.value >= 0, sample.value < 1e9 else { continue }
            sum = (sum ?? 0) + sample.value
        }
        return sum
    }
}

extension BackendLoad {
    fileprivate init(_ metrics: WorkerMetrics) {
        self.init(running: metrics.running, waiting: metrics.waiting, cacheUse: metrics.cacheUse)
    }
}
