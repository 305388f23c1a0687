import Reactor
import Synchronization
import Testing
import Upstream

/// Cancelling a task closes its connection in the same turn of the loop, however far it has come.
@Suite struct CancellationTests {
    /// Cancels a request once `isUnderWay`, and checks that it has ended, and nothing of it is left, within that turn.
    private func cancel(
        _ request: UpstreamRequest,
        after earlier: UpstreamRequest? = nil,
        once isUnderWay: @escaping @Sendable () async -> Bool
    ) async throws {
        try await withClient { client, loop in
            if let earlier { _ = try await client.fetch(earlier) }
            let bound = LoopBound(client, to: loop)
            let task = Task(executorPreference: loop) { await bound.value.failure(of: request) }
            #expect(await isUnderWay())
            let turn = loop.now
            task.cancel()
            let error = await task.value
            #expect(loop.now == turn)
            #expect(error == .cancelled)
            #expect(client.metrics.open == 0)
        }
    }

    @Test(arguments: ExchangeTests.transports)
    func whileItWaitsForAConnection(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.backend.note("busy")
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        var settings = UpstreamSettings()
        settings.connectionsPerOriginMax = 1
        try await withClient(settings) { client, loop in
            let bound = LoopBound(client, to: loop)
            let tasks = (0..<3).map { _ in
                Task(executorPreference: loop) {
                    await bound.value.failure(of: .get(origin, transport: transport))
                }
            }
            #expect(await backend.waits(for: "busy"))
            let turn = loop.now
            tasks[1].cancel()
            #expect(await tasks[1].value == .cancelled)
            #expect(loop.now == turn)
            // The one behind it in the queue has lost nothing.
            tasks[0].cancel()
            #expect(await tasks[0].value == .cancelled)
            for _ in 0..<1000 where backend.connectionCount < 2 {
                try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(5)))
            }
            #expect(backend.connectionCount == 2)
            tasks[2].cancel()
            #expect(await tasks[2].value == .cancelled)
        }
    }

    /// libcurl resolves on a thread of its own, which must not be waited for.
    @Test(arguments: ExchangeTests.transports)
    func whileItResolves(transport: UpstreamRequest.Transport) async throws {
        let name = "\(transport).slow.test".lowercased()
        let origin = try Origin.parse(baseURL: "http://\(name)").origin
        try await cancel(.get(origin, transport: transport)) {
            for _ in 0..<1000 where !SlowResolver.isResolving(name) { try? await Task.sleep(for: .milliseconds(5)) }
            return SlowResolver.isResolving(name)
        }
        #expect(SlowResolver.isResolving(name))
        SlowResolver.release(name)
    }

    /// The kernel answers no SYN.
    @Test(arguments: ExchangeTests.transports)
    func whileItConnects(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend(backlog: 0, accepts: false)
        let origin = try backend.origin
        let backlog = try FullBacklog(of: backend)
        defer { backlog.close() }
        try await cancel(.get(origin, transport: transport)) {
            try? await Task.sleep(for: .milliseconds(50))
            return true
        }
        backend.close()
    }

    /// The backend accepts and never speaks TLS.
    @Test(arguments: ExchangeTests.transports)
    func whileItShakesHands(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            _ = peer.read(1)
            peer.backend.note("hello")
            peer.noteClose(as: "closed")
        }
        let origin = try Origin.parse(baseURL: "https://127.0.0.1:\(backend.port)").origin
        try await cancel(.get(origin, transport: transport)) { await backend.waits(for: "hello") }
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ExchangeTests.transports)
    func whileItSends(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            _ = peer.read(1)
            peer.backend.note("first")
            peer.pause(0.2)
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        let request = UpstreamRequest.post(origin, [UInt8](repeating: 0x20, count: 32 << 20), transport: transport)
        try await cancel(request) { await backend.waits(for: "first") }
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ["", "HTTP/1.1 200 O", "HTTP/1.1 100 Continue\r\n\r\n"], ExchangeTests.transports)
    func whileItWaitsForTheHead(begun: String, transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write(begun)
            peer.pause(0.02)
            peer.backend.note("asked")
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        try await cancel(.get(origin, transport: transport)) { await backend.waits(for: "asked") }
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ExchangeTests.transports)
    func whileItReads(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            peer.pause(0.02)
            peer.backend.note("half")
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        try await cancel(.get(origin, transport: transport)) { await backend.waits(for: "half") }
        #expect(await backend.waits(for: "closed"))
    }

    /// The first connection was stale, and the second one is not answered.
    @Test func whileItRepeatsARequest() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            guard peer.index == 0 else {
                peer.backend.note("repeated")
                return peer.noteClose(as: "closed")
            }
            peer.respond("ok")
            _ = peer.request()
        }
        let origin = try backend.origin
        try await cancel(.get(origin), after: .get(origin)) { await backend.waits(for: "repeated") }
        #expect(await backend.waits(for: "closed"))
    }

    /// Not even where a connection is at hand.
    @Test(arguments: ExchangeTests.transports)
    func sendsNothingOnceCancelled(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            while peer.request() != nil {
                peer.backend.note("asked")
                peer.respond("ok")
            }
        }
        let origin = try backend.origin
        try await withClient { client, loop in
            _ = try await client.fetch(.get(origin, transport: transport))
            let bound = LoopBound(client, to: loop)
            let task = Task(executorPreference: loop) {
                await bound.value.failure(of: .get(origin, transport: transport))
            }
            task.cancel()
            #expect(await task.value == .cancelled)
            _ = try await client.fetch(.get(origin, transport: transport))
        }
        #expect(backend.notes == ["asked", "asked"])
    }

    /// Nobody has to cancel or close: a response that is let go of takes its connection with it.
    @Test(arguments: ExchangeTests.transports, [true, false])
    func endsAResponseThatIsLetGoOf(transport: UpstreamRequest.Transport, onTheLoop: Bool) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        try await withClient { client, loop in
            if onTheLoop {
                _ = try await client.send(.get(origin, transport: transport), deadlines: .relaxed())
                #expect(client.metrics.open == 0)
            } else {
                let response = try await client.send(.get(origin, transport: transport), deadlines: .relaxed())
                let box = Mutex<LoopBound<UpstreamResponse>?>(LoopBound(response, to: loop))
                await Task.detached { box.withLock { $0 = nil } }.value
            }
        }
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ExchangeTests.transports)
    func saysThatAClosedResponseWasCancelled(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        try await withClient { client, _ in
            let response = try await client.send(.get(origin, transport: transport), deadlines: .relaxed())
            response.close()
            var bytes: [UInt8] = []
            await #expect(throws: UpstreamError.cancelled) { _ = try await response.read(into: &bytes) }
        }
        #expect(await backend.waits(for: "closed"))
    }
}
