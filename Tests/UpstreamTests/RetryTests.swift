import Foundation
import HTTP
import Reactor
import Testing
import Upstream

/// What is sent a second time, once, and what never is.
@Suite struct RetryTests {
    typealias Transport = UpstreamRequest.Transport

    /// The backend takes the second request on a connection and closes it without a word.
    @Test func repeatsARequestOnceWhenAReusedConnectionWasClosed() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.respond("\(peer.index)")
            guard let request = peer.request() else { return }
            peer.backend.note("stale \(request.body.count)")
        }
        let origin = try backend.origin
        try await withClient { client, _ in
            let request = UpstreamRequest.post(origin, [UInt8](repeating: 0x7B, count: 100_000))
            let first = try await client.fetch(request)
            #expect(first.body == "0")
            let answer = try await client.fetch(request)
            #expect(answer.body == "1")
            #expect(answer.timings.retriedStale)
            #expect(!answer.timings.isReused)
            #expect(client.metrics.staleRetries == 1)
            #expect(client.metrics.open == 1)
        }
        #expect(backend.notes == ["stale 100000"])
        #expect(backend.connectionCount == 2)
    }

    /// Where one idle connection was closed, others were: only a fresh one is worth a second try.
    @Test func repeatsARequestOnAFreshConnection() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.backend.note("first")
            if peer.index < 2 { while peer.backend.notes.count < 2 { peer.pause(0.001) } }
            peer.respond("\(peer.index)")
            _ = peer.request()
        }
        let origin = try backend.origin
        try await withClient { client, loop in
            let bound = LoopBound(client, to: loop)
            let both = (0..<2).map { _ in
                Task(executorPreference: loop) { try await bound.value.fetch(.get(origin)).body }
            }
            for task in both { _ = try await task.value }
            let body = try await client.fetch(.get(origin)).body
            #expect(body == "2")
            #expect(client.metrics.staleRetries == 1)
        }
        #expect(backend.connectionCount == 3)
    }

    /// A fresh connection that breaks is no reason to ask again, nor is the second one of a stale request.
    @Test func repeatsARequestNoMoreThanOnce() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            guard peer.index == 0 else { return peer.backend.note("dropped") }
            peer.respond("ok")
            guard peer.request() != nil else { return }
            peer.backend.note("dropped")
        }
        let origin = try backend.origin
        try await withClient { client, _ in
            _ = try await client.fetch(.get(origin))
            for _ in 0..<2 {
                let error = await client.failure(of: .get(origin))
                #expect(error == .closedBeforeResponse)
            }
            #expect(client.metrics.staleRetries == 1)
            #expect(client.metrics.failures(.closedBeforeResponse) == 2)
            #expect(client.metrics.open == 0)
        }
        #expect(backend.notes == ["dropped", "dropped", "dropped"])
    }

    /// A backend that thought for a while before it died has perhaps done the work.
    @Test(arguments: ExchangeTests.transports)
    func doesNotRepeatARequestThatTheBackendHeldForAWhile(transport: Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.respond("ok")
            guard peer.request() != nil else { return }
            peer.pause(0.3)
        }
        let origin = try backend.origin
        var settings = UpstreamSettings()
        settings.staleConnectionWindow = .milliseconds(100)
        try await withClient(settings) { client, _ in
            _ = try await client.fetch(.get(origin, transport: transport))
            let error = await client.failure(of: .get(origin, transport: transport))
            #expect(error == .closedBeforeResponse)
            #expect(client.metrics.staleRetries == 0)
        }
    }

    static let parts = [
        "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no",
    ]

    /// A byte of an answer shows that the backend has seen the request, and perhaps done the work.
    @Test(arguments: parts, ExchangeTests.transports)
    func neverRepeatsARequestThatWasAnsweredInPart(part: String, transport: Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.respond("ok")
            guard peer.request() != nil else { return }
            peer.backend.note("asked")
            peer.write(part)
        }
        let origin = try backend.origin
        try await withClient { client, _ in
            _ = try await client.fetch(.get(origin, transport: transport))
            let error = await client.failure(of: .get(origin, transport: transport))
            // libcurl takes less than a whole head for nothing.
            let isSeen = transport == .http1 || !Self.parts.prefix(2).contains(part)
            #expect(error == (isSeen ? .truncated : .closedBeforeResponse))
            #expect(client.metrics.staleRetries == 0)
        }
        #expect(backend.notes == ["asked"])
    }

    // MARK: HTTP/2

    /// A backend that speaks HTTP/2: it answers each connection's first request and leaves the second one to `serve`.
    private func http2Backend(
        _ certificate: Certificate,
        _ serve: @escaping @Sendable (HTTP2Peer, UInt32) -> Void
    ) -> Backend {
        Backend { peer in
            guard let secure = TLSPeer(peer, certificate, speaksHTTP2: true) else { return }
            defer { secure.free() }
            let http2 = HTTP2Peer(peer: secure)
            guard let first = http2.request() else { return }
            http2.answer(first)
            guard let second = http2.request() else { return }
            peer.backend.note("second")
            serve(http2, second)
        }
    }

    /// What an HTTP/2 server does with a connection's second request.
    enum Second: CaseIterable {
        case refused, refusedLate, lost
    }

    /// A stream that the server refuses is sent again, on a fresh connection; not one that it may have worked on.
    @Test(arguments: Second.allCases)
    func repeatsAnHTTP2RequestOnce(second: Second) async throws {
        let certificate = try #require(Certificate.local)
        let backend = http2Backend(certificate) { peer, stream in
            switch second {
            case .lost: return
            case .refused: peer.refuse(stream)
            case .refusedLate:
                Thread.sleep(forTimeInterval: 0.3)
                peer.refuse(stream)
            }
            _ = peer.request()
        }
        let origin = try Origin.parse(baseURL: "https://127.0.0.1:\(backend.port)").origin
        var settings = UpstreamSettings()
        settings.caFile = certificate.certificateFile
        settings.staleConnectionWindow = .milliseconds(second == .refusedLate ? 100 : 5000)
        try await withClient(settings) { client, _ in
            let request = UpstreamRequest.post(origin, [0x7B], transport: .http2)
            let first = try await client.fetch(request)
            #expect(first.status == 200)
            let error = await client.failure(of: request)
            #expect(error == (second == .refused ? nil : .closedBeforeResponse))
            #expect(client.metrics.staleRetries == (second == .refused ? 1 : 0))
        }
        #expect(backend.notes == ["second"])
    }

    @Test func repeatsNoHTTP2RequestThatWasAnsweredInPart() async throws {
        let certificate = try #require(Certificate.local)
        let backend = http2Backend(certificate) { peer, stream in peer.answer(stream, isWhole: false) }
        let origin = try Origin.parse(baseURL: "https://127.0.0.1:\(backend.port)").origin
        var settings = UpstreamSettings()
        settings.caFile = certificate.certificateFile
        try await withClient(settings) { client, _ in
            let request = UpstreamRequest.post(origin, [0x7B], transport: .http2)
            let first = try await client.fetch(request)
            #expect(first.status == 200)
            let error = await client.failure(of: request)
            #expect(error == .truncated)
            #expect(client.metrics.staleRetries == 0)
        }
        #expect(backend.notes == ["second"])
        #expect(backend.connectionCount == 1)
    }
}
