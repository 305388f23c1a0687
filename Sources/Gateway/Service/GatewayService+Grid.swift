internal import Accounting
internal import Configuration
internal import Domain
internal import HTTP
internal import Logging
internal import Reactor
internal import Upstream

extension GatewayService {
    /// The most bytes of a source's answer.
    private static let answerBytesMax = 4 << 20

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

    /// A page of one's own worker, which is sent the backend's key if the page is at the backend itself.
    func fetch(
        _ url: String,
        of backend: Backend,
        within limit: Duration
    ) async -> Result<[UInt8], GridError> {
        await fetch(url, "", backend.transport, within: limit) { backend.keyLine(at: $0) }
    }

    private func fetch(
        _ base: String,
        _ path: String,
        _ transport: UpstreamRequest.Transport,
        within limit: Duration,
        headerLines: @escaping @Sendable (Origin) -> [UInt8]
    ) async -> Result<[UInt8], GridError> {
        let loop = firstLoop
        return await withTaskExecutorPreference(loop) {
            do throws(UpstreamError) {
                let (origin, prefix) = try Origin.parse(baseURL: base)
                let request = UpstreamRequest(
                    origin: origin,
                    method: .get,
                    path: prefix.isEmpty && path.isEmpty ? "/" : prefix + path,
                    headerLines: headerLines(origin),
                    transport: transport
                )
                return try await self.answer(to: request, within: limit, on: loop)
            } catch {
                return .failure(.upstream(error))
            }
        }
    }

    /// On the loop.
    private func answer(
        to request: UpstreamRequest,
        within limit: Duration,
        on loop: EventLoop
    ) async throws(UpstreamError) -> Result<[UInt8], GridError> {
        let deadlines = AttemptDeadlines(
            connect: limit,
            firstByte: limit,
            betweenBytes: limit,
            whole: Instant.now.advanced(by: limit)
        )
        let response = try await worker(on: loop).upstream.send(request, deadlines: deadlines)
        defer { response.close() }
        guard response.head.status == 200 else { return .failure(.refused(status: response.head.status)) }
        var body: [UInt8] = []
        while try await response.read(into: &body) {
            guard body.count <= Self.answerBytesMax else { return .failure(.tooLong) }
        }
        return .success(body)
    }
}
