import HTTP
import Reactor
import Testing
import Upstream

/// Connections that are checked, and what comes over them.
@Suite struct TLSTests {
    typealias Transport = UpstreamRequest.Transport

    private func backend(
        _ certificate: Certificate,
        _ serve: @escaping @Sendable (Peer, TLSPeer) -> Void = { _, peer in
            while peer.request() != nil { peer.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok") }
        }
    ) -> Backend {
        Backend { peer in
            guard let secure = TLSPeer(peer, certificate) else { return peer.backend.note("refused") }
            serve(peer, secure)
            secure.free()
        }
    }

    private func origin(_ backend: Backend, host: String = "127.0.0.1") throws -> Origin {
        try Origin.parse(baseURL: "https://\(host):\(backend.port)").origin
    }

    private func trusting(_ certificate: Certificate) -> UpstreamSettings {
        var settings = UpstreamSettings()
        settings.caFile = certificate.certificateFile
        return settings
    }

    @Test(arguments: ["127.0.0.1", "localhost"], ExchangeTests.transports)
    func trustsTheConfiguredAuthority(host: String, transport: Transport) async throws {
        let certificate = try #require(Certificate.local)
        let backend = backend(certificate)
        let origin = try origin(backend, host: host)
        try await withClient(trusting(certificate)) { client, loop in
            for _ in 0..<5 {
                let answer = try await client.fetch(.get(origin, transport: transport))
                #expect(answer.body == "ok")
                // The session tickets that the backend sends after its handshake are no reason to close.
                try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(5)))
            }
        }
        #expect(backend.connectionCount == 1)
    }

    @Test(arguments: ExchangeTests.transports)
    func refusesACertificateThatNobodyVouchesFor(transport: Transport) async throws {
        let backend = backend(try #require(Certificate.local))
        let origin = try origin(backend)
        try await expectRefusal(.get(origin, transport: transport), UpstreamSettings(), advising: "ca_file")
        #expect(await backend.waits(for: "refused"))
    }

    @Test(arguments: ExchangeTests.transports)
    func refusesAnotherHostsCertificate(transport: Transport) async throws {
        let certificate = try #require(Certificate.foreign)
        let backend = backend(certificate)
        let origin = try origin(backend)
        try await expectRefusal(.get(origin, transport: transport), trusting(certificate), advising: "base URL")
    }

    @Test(arguments: [-2, 1], ExchangeTests.transports)
    func refusesACertificateOutsideItsDays(startsInDays: Int, transport: Transport) async throws {
        let certificate = try Certificate(names: "IP:127.0.0.1").moved(toDays: startsInDays)
        let origin = try origin(backend(certificate))
        let advice = startsInDays < 0 ? "renew the backend's certificate" : "clock"
        try await expectRefusal(.get(origin, transport: transport), trusting(certificate), advising: advice)
    }

    @Test(arguments: ExchangeTests.transports)
    func reportsAMissingAuthorityFile(transport: Transport) async throws {
        let origin = try origin(backend(try #require(Certificate.local)))
        var settings = UpstreamSettings()
        settings.caFile = "/nowhere/authority.pem"
        try await expectRefusal(.get(origin, transport: transport), settings, advising: "/nowhere/authority.pem")
    }

    /// The connection is refused before the request is sent, and the reason says what to do.
    private func expectRefusal(
        _ request: UpstreamRequest,
        _ settings: UpstreamSettings,
        advising advice: String
    ) async throws {
        let error = try await withClient(settings) { client, _ in await client.failure(of: request) }
        #expect(error?.kind == .certificate)
        #expect(error?.isSafeToRepeat == true)
        #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
    }

    @Test func takesAnyCertificateWhereChecksAreOff() async throws {
        let backend = backend(try #require(Certificate.foreign))
        let origin = try origin(backend)
        var settings = UpstreamSettings()
        settings.verifiesCertificates = false
        let answer = try await withClient(settings) { client, _ in try await client.fetch(.get(origin)) }
        #expect(answer.body == "ok")
    }

    @Test(arguments: ExchangeTests.transports)
    func reportsABackendThatSpeaksNoTLS(transport: Transport) async throws {
        let backend = Backend { peer in
            _ = peer.read(1)
            peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        let origin = try origin(backend)
        let error = try await withClient { client, _ in
            await client.failure(of: .get(origin, transport: transport))
        }
        #expect(error?.kind == .tls)
    }

    /// A body that ends with the connection has ended only if TLS says so: RFC 9112, §9.8.
    @Test(arguments: [true, false])
    func tellsAnEndFromACut(isEnd: Bool) async throws {
        let certificate = try #require(Certificate.local)
        let backend = backend(certificate) { _, peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\n\r\nperhaps all")
            if isEnd { peer.close() }
        }
        let origin = try origin(backend)
        let error = try await withClient(trusting(certificate)) { client, _ in
            await client.failure(of: .get(origin))
        }
        #expect(error == (isEnd ? nil : .truncated))
    }

    @Test func repeatsARequestOnAStaleConnection() async throws {
        let certificate = try #require(Certificate.local)
        let backend = backend(certificate) { peer, secure in
            guard secure.request() != nil else { return }
            secure.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\(peer.index)")
            _ = secure.request()
        }
        let origin = try origin(backend)
        try await withClient(trusting(certificate)) { client, _ in
            #expect(try await client.fetch(.get(origin)).body == "0")
            let answer = try await client.fetch(.get(origin))
            #expect(answer.body == "1")
            #expect(answer.timings.retriedStale)
        }
    }

    /// Records, edges and libcurl's buffer each have a size of their own; no byte may hide between them.
    @Test(arguments: [1, 16 * 1024, 64 * 1024, 64 * 1024 + 1, 3 << 20], ExchangeTests.transports)
    func carriesBodiesOfAnySize(size: Int, transport: Transport) async throws {
        let certificate = try #require(Certificate.local)
        let backend = backend(certificate) { _, peer in
            while peer.request(bodyBytes: size) != nil {
                peer.write("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
                peer.write(String(repeating: "x", count: size))
            }
        }
        let origin = try origin(backend)
        try await withClient(trusting(certificate)) { client, _ in
            for _ in 0..<3 {
                let body = [UInt8](repeating: 0x61, count: size)
                let answer = try await client.fetch(.post(origin, body, transport: transport))
                #expect(answer.body.utf8.count == size)
            }
        }
        #expect(backend.connectionCount == 1)
    }
}
