import Foundation
import HTTP
import Reactor
import Testing
import Upstream

/// Every way in which a backend can fail, and what is made of it.
@Suite struct FaultTests {
    typealias Transport = UpstreamRequest.Transport

    /// Sends one request to `origin` and returns what it failed with; checks that nothing is left open.
    private func failure(
        of request: UpstreamRequest,
        _ settings: UpstreamSettings = UpstreamSettings(),
        _ deadlines: @escaping @Sendable () -> AttemptDeadlines = { .relaxed() }
    ) async throws -> UpstreamError? {
        try await withClient(settings) { client, _ in
            let error = await client.failure(of: request, deadlines())
            if let error { #expect(client.metrics.failures(error.kind) == 1) }
            #expect(client.metrics.open == client.metrics.idle)
            return error
        }
    }

    /// A backend that answers one request with `response` and closes, or keeps the connection open.
    private func backend(answering response: String, closes: Bool = true) -> Backend {
        Backend { peer in
            guard peer.request() != nil else { return }
            peer.write(response)
            if !closes { peer.noteClose(as: "closed") }
        }
    }

    @Test(arguments: ExchangeTests.transports)
    func reportsARefusedConnection(transport: Transport) async throws {
        let backend = Backend(accepts: false)
        let origin = try backend.origin
        backend.close()
        let error = try await failure(of: .get(origin, transport: transport))
        #expect(error?.kind == .connectRefused)
        #expect(error?.isSafeToRepeat == true)
        #expect(error?.phase == .connecting)
    }

    /// A full backlog: the kernel answers no SYN.
    @Test(arguments: ExchangeTests.transports)
    func givesUpOnAConnectionThatHangs(transport: Transport) async throws {
        let backend = Backend(backlog: 0, accepts: false)
        let origin = try backend.origin
        let backlog = try FullBacklog(of: backend)
        defer { backlog.close() }
        let limit = Duration.milliseconds(200)
        let error = try await failure(of: .get(origin, transport: transport)) { .relaxed(connect: limit) }
        #expect(error == .connectTimedOut(after: limit))
        let whole = try await failure(of: .get(origin)) { .relaxed(whole: .milliseconds(100)) }
        #expect(whole == .wholeTimedOut)
        backend.close()
    }

    @Test(arguments: ExchangeTests.transports)
    func reportsANameThatDoesNotResolve(transport: Transport) async throws {
        let origin = try Origin.parse(baseURL: "http://backend.invalid").origin
        let error = try await failure(of: .get(origin, transport: transport))
        #expect(error?.kind == .dns)
    }

    @Test(arguments: ["http://127.0.0.1", "http://localhost"], ExchangeTests.transports)
    func connectsToNoAddressThatThePolicyForbids(base: String, transport: Transport) async throws {
        let backend = Backend { peer in peer.respond("secret") }
        let origin = try Origin.parse(baseURL: "\(base):\(backend.port)").origin
        var settings = UpstreamSettings()
        settings.egress = .publicOnly
        let error = try await failure(of: .get(origin, transport: transport), settings)
        #expect(error == .blockedAddress("127.0.0.1") || error == .blockedAddress("0:0:0:0:0:0:0:1"))
        #expect(backend.connectionCount == 0)

        settings.egress = .publicAnd([try #require(AddressRange("127.0.0.0/8"))])
        let error2 = try await failure(of: .get(origin, transport: transport), settings)
        #expect(error2 == nil)
    }

    /// The environment's proxy is nobody's: nothing listens there, and the request still arrives.
    @Test(arguments: ExchangeTests.transports)
    func takesNoProxyFromTheEnvironment(transport: Transport) async throws {
        for name in ["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:1", 1) }
        let backend = backend(answering: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        let origin = try backend.origin
        let error = try await failure(of: .get(origin, transport: transport))
        #expect(error == nil)
    }

    @Test(arguments: ExchangeTests.transports)
    func tunnelsThroughTheConfiguredProxy(transport: Transport) async throws {
        let proxy = Backend { peer in
            while let request = peer.request() {
                peer.backend.note(String(request.head.prefix { !$0.isNewline }))
                if request.head.hasPrefix("CONNECT") {
                    peer.write("HTTP/1.1 200 Established\r\n\r\n")
                } else {
                    peer.respond("through")
                }
            }
        }
        var settings = UpstreamSettings()
        settings.proxy = "http://127.0.0.1:\(proxy.port)"
        let origin = try Origin.parse(baseURL: "http://backend.example:8000").origin
        let answer = try await withClient(settings) { client, _ in
            try await client.fetch(.get(origin, transport: transport))
        }
        #expect(answer.body == "through")
        #expect(proxy.notes == ["CONNECT backend.example:8000 HTTP/1.1", "GET / HTTP/1.1"])
    }

    @Test(arguments: ExchangeTests.transports)
    func givesUpOnASilentBackend(transport: Transport) async throws {
        let backend = backend(answering: "", closes: false)
        let origin = try backend.origin
        let limit = Duration.milliseconds(150)
        // Sent in many turns, so that the last byte is what the wait is counted from.
        let request = UpstreamRequest.post(origin, [UInt8](repeating: 0x20, count: 8 << 20), transport: transport)
        let error = try await failure(of: request) { .relaxed(firstByte: limit, whole: .seconds(15)) }
        #expect(error == .firstByteTimedOut(after: limit))
        #expect(await backend.waits(for: "closed"))
    }

    /// A head that comes a byte at a time is no head.
    @Test func givesUpOnAHeadThatDrips() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\nx: ")
            while peer.write("x") { peer.pause(0.01) }
            peer.backend.note("closed")
        }
        let origin = try backend.origin
        let error = try await failure(of: .get(origin)) { .relaxed(firstByte: .milliseconds(150)) }
        #expect(error == .firstByteTimedOut(after: .milliseconds(150)))
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ExchangeTests.transports)
    func givesUpOnABodyThatStalls(transport: Transport) async throws {
        let backend = backend(answering: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", closes: false)
        let origin = try backend.origin
        let limit = Duration.milliseconds(150)
        let error = try await failure(of: .get(origin, transport: transport)) { .relaxed(betweenBytes: limit) }
        #expect(error == .stalled(after: limit))
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ExchangeTests.transports)
    func givesUpOnABackendThatTakesNoBody(transport: Transport) async throws {
        let backend = Backend { peer in
            peer.pause(0.5)
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        let request = UpstreamRequest.post(origin, [UInt8](repeating: 0x20, count: 32 << 20), transport: transport)
        let limit = Duration.milliseconds(150)
        let error = try await failure(of: request) { .relaxed(betweenBytes: limit) }
        #expect(error == .stalled(after: limit))
        #expect(await backend.waits(for: "closed"))
    }

    /// A body that drips for ever keeps every pause short; the whole attempt's deadline ends it.
    @Test(arguments: ExchangeTests.transports)
    func givesUpWhenTheWholeTimeIsOver(transport: Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while peer.write("1\r\nx\r\n") { peer.pause(0.005) }
            peer.backend.note("closed")
        }
        let origin = try backend.origin
        let error = try await failure(of: .get(origin, transport: transport)) { .relaxed(whole: .milliseconds(300)) }
        #expect(error == .wholeTimedOut)
        #expect(await backend.waits(for: "closed"))
    }

    static let truncated = [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf",
    ]

    @Test(arguments: truncated, ExchangeTests.transports)
    func reportsATruncatedBody(response: String, transport: Transport) async throws {
        let backend = backend(answering: response)
        let origin = try backend.origin
        let error = try await failure(of: .get(origin, transport: transport))
        #expect(error == .truncated)
    }

    @Test func reportsATruncatedHead() async throws {
        let backend = backend(answering: "HTTP/1.1 200 OK\r\ncontent-len")
        let origin = try backend.origin
        let error = try await failure(of: .get(origin))
        #expect(error == .truncated)
    }

    @Test(arguments: ExchangeTests.transports)
    func reportsABackendThatSaysNothing(transport: Transport) async throws {
        let backend = backend(answering: "")
        let origin = try backend.origin
        let error = try await failure(of: .get(origin, transport: transport))
        #expect(error == .closedBeforeResponse)
        #expect(backend.connectionCount == 1)
    }

    static let malformed: [(String, HTTPError)] = [
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", .malformedStatusLine),
        ("HTTP/1.1 20 OK\r\n\r\n", .malformedStatusLine),
        ("HTTP/1.1 200 OK\nx: y\n\n", .bareLineFeed),
        ("HTTP/1.1 200 OK\r\nx y\r\n\r\n", .invalidFieldName),
        ("HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n", .controlCharacter),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", .repeatedContentLength),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", .lengthWithTransferEncoding),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .protocolSwitched),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", .invalidChunkSize),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", .invalidChunkEnd),
    ]

    @Test(arguments: malformed)
    func refusesAMalformedResponse(response: String, reason: HTTPError) async throws {
        let backend = backend(answering: response, closes: false)
        let origin = try backend.origin
        let error = try await failure(of: .get(origin))
        #expect(error == .malformedResponse(reason))
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ExchangeTests.transports)
    func refusesAResponseBeyondItsLimits(transport: Transport) async throws {
        var settings = UpstreamSettings()
        settings.responseHeadBytesMax = 1000
        settings.responseHeaderCountMax = 10
        settings.responseBodyBytesMax = 100
        let head = "HTTP/1.1 200 OK\r\n"
        let large: [(String, HTTPError)] = [
            (head + "x: \(String(repeating: "x", count: 2000))\r\n\r\n", .headTooLarge(headBytesMax: 1000)),
            (head + String(repeating: "x: y\r\n", count: 11) + "\r\n", .tooManyFields(headerCountMax: 10)),
            (head + "\r\n\(String(repeating: "x", count: 101))", .bodyTooLarge(bodyBytesMax: 100)),
        ]
        for (response, reason) in large {
            let backend = backend(answering: response, closes: false)
            let origin = try backend.origin
            let error = try await failure(of: .get(origin, transport: transport), settings)
            #expect(error == .responseTooLarge(reason))
            #expect(await backend.waits(for: "closed"))
        }
    }

    /// Each head is small and valid, and there is no end of them.
    @Test(arguments: ExchangeTests.transports)
    func refusesInformationalAnswersWithoutEnd(transport: Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            let heads = String(repeating: "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n", count: 100)
            while peer.write(heads) {}
            peer.backend.note("closed")
        }
        let origin = try backend.origin
        let error = try await failure(of: .get(origin, transport: transport))
        #expect(error == .responseTooLarge(.headTooLarge(headBytesMax: 64 * 1024)))
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: ["", "v1", "/a b", "/a\r\nx: y", "/é"])
    func refusesAPathThatWouldChangeTheRequest(path: String) async throws {
        let origin = try Origin.parse(baseURL: "http://127.0.0.1:1").origin
        let error = try await failure(of: .get(origin, path))
        #expect(error?.kind == .invalidRequest)
    }
}
