import Reactor
import Synchronization
import Testing
import Upstream

/// Which connection a request gets, and what becomes of it.
@Suite struct PoolTests {
    @Test func usesOneConnectionForOneRequestAfterTheOther() async throws {
        let backend = Backend { peer in while peer.request() != nil { peer.respond("ok") } }
        let origin = try backend.origin
        try await withClient { client, _ in
            for round in 0..<20 {
                let answer = try await client.fetch(.get(origin))
                #expect(answer.timings.isReused == (round > 0))
                #expect(!answer.timings.retriedStale)
            }
            #expect(client.metrics.connects == 1)
            #expect(client.metrics.reuses == 19)
            #expect(client.metrics.open == 1)
            #expect(client.metrics.idle == 1)
            client.close()
            #expect(client.metrics.open == 0)
            #expect(client.metrics.idle == 0)
        }
        #expect(backend.connectionCount == 1)
    }

    /// The connection is free as soon as the answer is complete, even if nobody has read it.
    @Test func keepsAConnectionWhoseAnswerWasNotRead() async throws {
        let backend = Backend { peer in while peer.request() != nil { peer.respond("ok") } }
        let origin = try backend.origin
        try await withClient { client, _ in
            for _ in 0..<3 { _ = try await client.send(.get(origin), deadlines: .relaxed()) }
            #expect(client.metrics.connects == 1)
        }
    }

    @Test(arguments: ["connection: close\r\n", "Connection: foo, Close\r\n"])
    func keepsNoConnectionThatTheBackendEnds(fields: String) async throws {
        let backend = Backend { peer in while peer.request() != nil { peer.respond("ok", fields: fields) } }
        let origin = try backend.origin
        try await withClient { client, _ in
            for _ in 0..<3 { _ = try await client.fetch(.get(origin)) }
            #expect(client.metrics.connects == 3)
            #expect(client.metrics.open == 0)
        }
    }

    /// Bytes after an answer would be taken for the next one's.
    @Test func keepsNoConnectionWithBytesAfterTheAnswer() async throws {
        let backend = Backend { peer in
            while peer.request() != nil {
                peer.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n")
            }
        }
        let origin = try backend.origin
        try await withClient { client, _ in
            for _ in 0..<3 {
                let answer = try await client.fetch(.get(origin))
                #expect(answer.body == "ok")
            }
            #expect(client.metrics.connects == 3)
            #expect(client.metrics.open == 0)
        }
    }

    @Test func dropsAnIdleConnectionThatTheBackendCloses() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.respond("ok")
        }
        let origin = try backend.origin
        try await withClient { client, loop in
            _ = try await client.fetch(.get(origin))
            for _ in 0..<500 where client.metrics.open > 0 {
                try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(5)))
            }
            #expect(client.metrics.open == 0)
            #expect(client.metrics.idle == 0)
            #expect(try await client.fetch(.get(origin)).body == "ok")
            #expect(client.metrics.staleRetries == 0)
        }
    }

    @Test func closesConnectionsThatIdleTooLong() async throws {
        let backend = Backend { peer in
            while peer.request() != nil { peer.respond("ok") }
            peer.backend.note("closed")
        }
        let origin = try backend.origin
        var settings = UpstreamSettings()
        settings.keepAlive = .milliseconds(50)
        try await withClient(settings) { client, loop in
            _ = try await client.fetch(.get(origin))
            #expect(await backend.waits(for: "closed"))
            #expect(client.metrics.open == 0)
        }
    }

    /// The backend takes the second request on a connection and closes it without a word.
    @Test func repeatsARequestOnceWhenAReusedConnectionWasClosed() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.respond("\(peer.index)")
            guard peer.request() != nil else { return }
            peer.backend.note("stale")
        }
        let origin = try backend.origin
        try await withClient { client, _ in
            #expect(try await client.fetch(.post(origin, [0x7B])).body == "0")
            let answer = try await client.fetch(.post(origin, [0x7B]))
            #expect(answer.body == "1")
            #expect(answer.timings.retriedStale)
            #expect(!answer.timings.isReused)
            #expect(client.metrics.staleRetries == 1)
            #expect(client.metrics.open == 1)
        }
        #expect(backend.notes == ["stale"])
        #expect(backend.connectionCount == 2)
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
            await #expect(throws: UpstreamError.closedBeforeResponse) { try await client.fetch(.get(origin)) }
            await #expect(throws: UpstreamError.closedBeforeResponse) { try await client.fetch(.get(origin)) }
            #expect(client.metrics.staleRetries == 1)
            #expect(client.metrics.failures(.closedBeforeResponse) == 2)
            #expect(client.metrics.open == 0)
        }
        #expect(backend.notes == ["dropped", "dropped", "dropped"])
    }

    /// A backend that thought for a while before it died has perhaps done the work.
    @Test func doesNotRepeatARequestThatTheBackendHeldForAWhile() async throws {
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
            _ = try await client.fetch(.get(origin))
            await #expect(throws: UpstreamError.closedBeforeResponse) { try await client.fetch(.get(origin)) }
            #expect(client.metrics.staleRetries == 0)
        }
        #expect(backend.connectionCount == 1)
    }

    /// Tasks that wait for a connection get it in the order in which they came.
    @Test(arguments: [1, 3])
    func servesWaitingRequestsInOrder(connections: Int) async throws {
        let backend = Backend { peer in
            while let request = peer.request() {
                peer.backend.note(String(request.head.split(separator: " ")[1]))
                peer.pause(0.002)
                peer.respond("ok")
            }
        }
        let origin = try backend.origin
        var settings = UpstreamSettings()
        settings.connectionsPerOriginMax = connections
        try await withClient(settings) { client, loop in
            let bound = LoopBound(client, to: loop)
            let tasks = (0..<30).map { index in
                Task(executorPreference: loop) { _ = try await bound.value.fetch(.get(origin, "/\(index)")) }
            }
            for task in tasks { try await task.value }
            #expect(client.metrics.connects == connections)
        }
        #expect(connections > 1 || backend.notes == (0..<30).map { "/\($0)" })
        #expect(backend.connectionCount == connections)
    }

    @Test func refusesARequestThatWaitsInVain() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        var settings = UpstreamSettings()
        settings.connectionsPerOriginMax = 1
        settings.waitingPerOriginMax = 1
        try await withClient(settings) { client, loop in
            let bound = LoopBound(client, to: loop)
            let first = Task(executorPreference: loop) { _ = try await bound.value.fetch(.get(origin)) }
            let second = Task(executorPreference: loop) {
                _ = try await bound.value.fetch(.get(origin), .relaxed(connect: .milliseconds(200)))
            }
            try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(50)))
            // The queue has one place, and the second request is in it.
            let exhausted = UpstreamError.poolExhausted(connectionsMax: 1)
            await #expect(throws: exhausted) { try await client.fetch(.get(origin)) }
            await #expect(throws: exhausted) { try await second.value }
            first.cancel()
            await #expect(throws: UpstreamError.cancelled) { try await first.value }
            #expect(client.metrics.failures(.poolExhausted) == 2)
            #expect(client.metrics.open == 0)
        }
        #expect(backend.connectionCount == 1)
    }

    @Test(arguments: ExchangeTests.transports)
    func carriesFiveHundredRequestsAtOnce(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            while let request = peer.request() {
                peer.pause(0.01)
                peer.respond(String(request.head.split(separator: " ")[1]))
            }
        }
        let origin = try backend.origin
        try await withClient { client, loop in
            let bound = LoopBound(client, to: loop)
            let tasks = (0..<500).map { index in
                Task(executorPreference: loop) {
                    try await bound.value.fetch(.get(origin, "/\(index)", transport: transport)).body
                }
            }
            for (index, task) in tasks.enumerated() {
                let body = try await task.value
                #expect(body == "/\(index)")
            }
        }
    }
}
