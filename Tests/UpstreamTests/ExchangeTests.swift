import HTTP
import Reactor
import Testing
import Upstream

/// What goes out and what comes back, over both transports where both apply.
@Suite struct ExchangeTests {
    static let transports: [UpstreamRequest.Transport] = [.http1, .http2]

    @Test(arguments: transports)
    func sendsTheRequestByteForByte(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard let request = peer.request() else { return }
            peer.backend.note(request.head)
            peer.respond(String(decoding: request.body, as: UTF8.self))
        }
        let origin = try backend.origin
        let answer = try await withClient { client, _ in
            try await client.fetch(.post(origin, Array("{\"a\":1}".utf8), transport: transport))
        }
        #expect(answer.status == 200)
        #expect(answer.body == "{\"a\":1}")
        let head = try #require(backend.notes.first).lowercased()
        #expect(head.hasPrefix("post /v1/chat/completions http/1.1\r\n"))
        #expect(head.contains("\r\nhost: 127.0.0.1:\(backend.port)\r\n"))
        #expect(head.contains("\r\ncontent-type: application/json\r\n"))
        #expect(head.contains("\r\ncontent-length: 7\r\n"))
        for absent in ["expect:", "accept:", "user-agent:", "transfer-encoding:"] { #expect(!head.contains(absent)) }
    }

    static let bodies = [
        "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=1\r\nworld\r\n0\r\nx-t: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello world",
        "HTTP/1.0 200 OK\r\n\r\nhello world",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"
            + "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
    ]

    /// However a response is framed, and however it is cut into packets, it holds the same body.
    @Test(arguments: bodies, [1, 7, 1000])
    func readsEveryFraming(response: String, packet: Int) async throws {
        let backend = Backend.answering(response, packet: packet)
        let origin = try backend.origin
        for transport in Self.transports {
            let answer = try await withClient { client, _ in
                try await client.fetch(.get(origin, transport: transport))
            }
            #expect(answer.status == 200)
            #expect(answer.body == "hello world")
            #expect(answer.timings.bodyBytes == 11)
            #expect(answer.timings.firstByteAt != nil)
        }
    }

    @Test(arguments: transports)
    func takesNoBodyForHEADAnd204(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            while let request = peer.request() {
                peer.write(
                    request.head.hasPrefix("HEAD")
                        ? "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n" : "HTTP/1.1 204 No Content\r\n\r\n"
                )
            }
        }
        let origin = try backend.origin
        try await withClient { client, _ in
            let head = UpstreamRequest(origin: origin, method: .head, path: "/", transport: transport)
            #expect(try await client.fetch(head).body.isEmpty)
            let answer = try await client.fetch(.get(origin, transport: transport))
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
        }
        #expect(backend.connectionCount == 1)
    }

    /// The backend answers neither of two requests before it has both.
    @Test(arguments: transports)
    func sendsARequestWhileAnotherWaits(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            while peer.backend.connectionCount < 2 { peer.pause(0.001) }
            peer.respond("ok")
        }
        let origin = try backend.origin
        try await withClient { client, loop in
            let bound = LoopBound(client, to: loop)
            let tasks = (0..<2).map { _ in
                Task(executorPreference: loop) { try await bound.value.fetch(.get(origin, transport: transport)).body }
            }
            for task in tasks {
                let body = try await task.value
                #expect(body == "ok")
            }
        }
    }

    @Test(arguments: transports)
    func doesNotFollowRedirects(transport: UpstreamRequest.Transport) async throws {
        let elsewhere = Backend { peer in peer.respond("secret") }
        let backend = Backend { peer in
            while peer.request() != nil {
                let fields = "location: http://127.0.0.1:\(elsewhere.port)/\r\n"
                peer.respond("moved", status: "302 Found", fields: fields)
            }
        }
        let origin = try backend.origin
        let answer = try await withClient { client, _ in
            try await client.fetch(.get(origin, transport: transport))
        }
        #expect(answer.status == 302)
        #expect(answer.body == "moved")
        #expect(elsewhere.connectionCount == 0)
    }

    /// A backend that refuses a body need not take all of it for its answer to arrive.
    @Test(arguments: transports)
    func readsAnAnswerThatComesBeforeTheWholeBodyWasSent(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            _ = peer.read(1000)
            peer.respond("too large", status: "413 Content Too Large", fields: "connection: close\r\n")
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        let answer = try await withClient { client, _ in
            try await client.fetch(.post(origin, [UInt8](repeating: 0x20, count: 64 << 20), transport: transport))
        }
        #expect(answer.status == 413)
        #expect(answer.body == "too large")
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: transports)
    func sendsALargeBodyToASlowReader(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard let request = peer.request() else { return }
            peer.pause(0.2)
            peer.respond("\(request.body.count) \(request.body == [UInt8](repeating: 0x61, count: 16 << 20))")
        }
        let origin = try backend.origin
        let answer = try await withClient { client, _ in
            try await client.fetch(.post(origin, [UInt8](repeating: 0x61, count: 16 << 20), transport: transport))
        }
        #expect(answer.body == "\(16 << 20) true")
    }

    /// What nobody reads stays with the backend: it can write no more than the sockets between us hold.
    @Test(arguments: transports)
    func doesNotReadWhatNobodyAsksFor(transport: UpstreamRequest.Transport) async throws {
        let size = 64 << 20
        let backend = Backend.sending(megabytes: 64)
        let origin = try backend.origin
        let count = try await withClient { client, loop in
            let response = try await client.send(.get(origin, transport: transport), deadlines: .relaxed())
            var bytes: [UInt8] = []
            try #require(try await response.read(into: &bytes))
            try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(300)))
            #expect(backend.notes.count < 32)
            var count = bytes.count
            while true {
                bytes.removeAll(keepingCapacity: true)
                guard try await response.read(into: &bytes) else { return count }
                #expect(bytes.count <= 256 * 1024)
                count += bytes.count
            }
        }
        #expect(count == size)
    }

    /// A backend that sends as fast as it is read does not keep the loop to itself.
    @Test func readsNoMoreThanItsShareOfATurn() async throws {
        let size = 16 << 20
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
            peer.write([UInt8](repeating: 0x61, count: size))
        }
        let origin = try backend.origin
        var settings = UpstreamSettings()
        settings.bytesPerTurnMax = 100_000
        try await withClient(settings) { client, loop in
            let response = try await client.send(.get(origin), deadlines: .relaxed())
            // Meanwhile the sockets between us fill.
            try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(100)))
            var bytesOfTurns: [Instant: Int] = [:]
            var bytes: [UInt8] = []
            while try await response.read(into: &bytes) {
                bytesOfTurns[loop.now, default: 0] += bytes.count
                bytes.removeAll(keepingCapacity: true)
            }
            #expect(bytesOfTurns.values.reduce(0, +) == size)
            let most = try #require(bytesOfTurns.values.max())
            #expect(most < 100_000 + 64 * 1024)
        }
    }
}
