internal import Domain
internal import HTTP
internal import Reactor
internal import Upstream

/// Calls that are nobody's request: of sources, of workers' pages and of health checks, by the first loop.
extension GatewayService {
    /// The most bytes of an answer.
    private static let answerBytesMax = 4 << 20

    /// Gets `path` below the URL `base`; `headerLines` makes the header lines for its origin.
    func fetch(
        _ base: String,
        _ path: String,
        _ transport: UpstreamRequest.Transport,
        within limit: Duration,
        headerLines: (Origin) -> [UInt8]
    ) async -> Result<[UInt8], GridError> {
        do throws(UpstreamError) {
            let (origin, prefix) = try Origin.parse(baseURL: base)
            let request = UpstreamRequest(
                origin: origin,
                method: .get,
                path: prefix.isEmpty && path.isEmpty ? "/" : prefix + path,
                headerLines: headerLines(origin),
                transport: transport
            )
            return await answer(to: request, within: limit)
        } catch {
            return .failure(.upstream(error))
        }
    }

    /// Sends `request` from the first loop; an answer other than 2xx is a refusal.
    func answer(to request: UpstreamRequest, within limit: Duration) async -> Result<[UInt8], GridError> {
        let loop = firstLoop
        return await withTaskExecutorPreference(loop) {
            do throws(UpstreamError) {
                return try await self.answer(to: request, within: limit, on: loop)
            } catch {
                return .failure(.upstream(error))
            }
        }
    }

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
        guard (200...299).contains(response.head.status) else {
            return .failure(.refused(status: response.head.status))
        }
        var body: [UInt8] = []
        while try await response.read(into: &body) {
            guard body.count <= Self.answerBytesMax else { return .failure(.tooLong) }
        }
        return .success(body)
    }
}
