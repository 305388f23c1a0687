internal import Accounting
internal import Configuration
internal import Domain
internal import HTTP
internal import Logging
internal import Reactor
internal import Upstream

extension GatewayService {
    /// Looks at the grids again and again, until cancelled; a task of its own, off the loops.
    func watchGrids() async {
        while true {
            let settings = policy.settings.carbon
            do {
                await lookAtGrids()
                try await Task.sleep(for: .seconds(settings.refreshSeconds))
            } catch {
                return
            }
        }
    }

    /// Reads the grids' files, so that the first request is reckoned by them; services may be slow, and are asked later.
    func readGridFiles() async { await lookAtGrids { $0.kind == .csv } }

    /// Asks all sources, or some, and has the policy go by what they say.
    func lookAtGrids(at isMeant: (Settings.IntensitySource) -> Bool = { _ in true }) async {
        let now = WallClock.unixMilliseconds / 1000
        let configuration = policy.configuration
        let sources = configuration.settings.carbon.sources.filter(isMeant)
        let secondsMax = configuration.settings.carbon.sourceSecondsMax
        await grids.refresh(sources, of: configuration, at: now) { origin, request in
            await self.fetch(origin, request, within: .seconds(secondsMax))
        }
        followGrids()
    }

    /// Has the policy go by what is known of the grids now: hours pass, and readings grow old.
    func followGrids() { policy.follow(grids.book) }

    /// What metrics tell of the zones that have sources.
    var gridMetrics: [MetricsPage.Grid] {
        let now = WallClock.unixMilliseconds / 1000
        let policy = policy
        return grids.tallies.map { zone, tally in
            MetricsPage.Grid(
                zone: zone,
                intensity: policy.intensity(of: zone),
                tally: tally,
                age: tally.answeredAt.map { max(now - $0, 0) }
            )
        }
    }

    /// One request to a source, over the slow path: a few an hour, by HTTP/2 where the service has it.
    private func fetch(
        _ base: String,
        _ request: IntensityRequest,
        within limit: Duration
    ) async -> Result<[UInt8], GridError> {
        let lines = request.headers.flatMap { Array("\($0.name): \($0.value)\r\n".utf8) }
        return await fetch(base, request.path, .http2, within: limit) { _ in lines }
    }
}
