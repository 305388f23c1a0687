import Foundation
import HTTP
import Reactor
import Upstream

/// Sends the matrix' requests, many at once on one loop, and keeps whatever comes back.
final class ChaosClient: Sendable {
    private let loop: EventLoop
    private let client: LoopBound<UpstreamClient>

    init() async throws {
        let loop = try EventLoop(name: "chaos-client")
        self.loop = loop
        client = await loop.perform { LoopBound(UpstreamClient(on: loop, settings: UpstreamSettings()), to: loop) }
    }

    func stop() async {
        await loop.perform { [client] in client.value.close() }
        loop.stop()
    }

    /// Sends one request; with `patience`, it hangs up after that.
    func send(
        _ method: UpstreamRequest.Method,
        _ url: String,
        _ body: [UInt8] = [],
        patience: Duration? = nil
    ) async throws -> ChaosReply {
        let (origin, path) = try Origin.parse(baseURL: url)
        var lines: [UInt8] = []
        lines.append("content-type: application/json\r\nuser-agent: switchyard-chaos\r\n")
        let request = UpstreamRequest(origin: origin, method: method, path: path, headerLines: lines, body: body)
        let task = Task(executorPreference: loop) { [client] in await Self.exchange(request, client.value) }
        guard let patience else { return await task.value }
        try await Task.sleep(for: patience)
        task.cancel()
        return await task.value
    }

    private static func exchange(_ request: UpstreamRequest, _ client: UpstreamClient) async -> ChaosReply {
        let start = Instant.now
        let deadlines = AttemptDeadlines(
            connect: .seconds(30),
            firstByte: .seconds(30),
            betweenBytes: .seconds(30),
            whole: start.advanced(by: .seconds(30))
        )
        var reply = ChaosReply()
        do throws(UpstreamError) {
            let response = try await client.send(request, deadlines: deadlines)
            reply.status = response.head.status
            for field in response.head.fields {
                let name = String(decoding: field.name, as: UTF8.self).lowercased()
                reply.headers[name] = String(decoding: field.value, as: UTF8.self)
            }
            while try await response.read(into: &reply.body) {}
        } catch {
            reply.failure = "\(error)"
        }
        reply.elapsed = start.duration(to: .now)
        return reply
    }
}
