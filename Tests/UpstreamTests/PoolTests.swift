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

    static let excessive: [(UpstreamRequest.Method, String)] = [
        (.get, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"),
        (.get, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok, and more than was announced"),
        (.get, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n0\r\n\r\n"),
        (.get, "HTTP/1.1 204 No Content\r\n\r\nok"),
        (.get, "HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\nok"),
        (.head, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    ]

    /// Bytes after an answer would be taken for the next one's.
    @Test(arguments: excessive, ExchangeTests.transports)
    func keepsNoConnectionWithBytesAfterTheAnswer(
        answer: (method: UpstreamRequest.Method, response: String),
        transport: UpstreamRequest.Transport
    ) async throws {
        let backend = Backend { peer in while peer.request() != nil { peer.write(answer.response) } }
        let origin = try backend.origin
        let request = UpstreamRequest(origin: origin, method: answer.method, path: "/", transport: transport)
        try await withClient { client, _ in
            for _ in 0..<3 {
                let body = try await client.fetch(request).body
                #expect(body == (answer.method == .get && answer.response.contains(" 200 ") ? "ok" : ""))
            }
            #expect(client.metrics.open == 0)
        }
        // libcurl drops such bytes and goes on.
        #expect(backend.connectionCount == 3 || transport == .http2)
    }

    /// What a backend sends after the part of its answer that its client wants.
    enum Ending: CaseIterable {
        case late, never, endless
    }

    /// A stream says that it is done before it ends, and its connection can be used again once it has ended.
    @Test(arguments: Ending.allCases)
    func waitsForTheEndOfAnAnswerThatIsDone(ending: Ending) async throws {
        let backend = Backend { peer in
            while peer.request() != nil {
                peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n")
                guard peer.backend.waitsUntilNoted("finished") else { return }
                switch ending {
                case .late: peer.write("1\r\n\n\r\n0\r\n\r\n")
                case .never: break
                case .endless: while peer.write("4\r\nmore\r\n") {}
                }
            }
            peer.backend.note("closed")
        }
        let origin = try backend.origin
        var settings = UpstreamSettings()
        settings.endingDurationMax = .seconds(ending == .never ? 0.1 : 20)
        try await withClient(settings) { client, loop in
            do {
                let response = try await client.send(.get(origin), deadlines: .relaxed())
                var bytes: [UInt8] = []
                while bytes.count < 4, try await response.read(into: &bytes) {}
                response.finish()
                response.close()
            }
            backend.note("finished")
            for _ in 0..<1000 where client.metrics.open > client.metrics.idle {
                try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(5)))
            }
            #expect(client.metrics.open == (ending == .late ? 1 : 0))
            #expect(client.metrics.idle == (ending == .late ? 1 : 0))
        }
        #expect(await backend.waits(for: "closed"))
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
