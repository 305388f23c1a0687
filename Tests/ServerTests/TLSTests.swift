import HTTP
import Glibc
import Reactor
import Server
import Testing

@Suite("HTTPS", .ownThread) final class TLSTests {
    let folder: String

    init() throws {
        var template = Array("/tmp/switchyard-https-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { system("rm -r \(folder)") }

    @Test func servesOneConnectionAfterAnotherRequest() async throws {
        let fixture = try await Fixture(
            tls: try makeContext("localhost"),
            handler: { exchange in
                guard exchange.head.targetBytes.count > 2 else { return await Fixture.echo(exchange) }
                try? await exchange.startStream(status: 200, fields: [])
                for _ in 0..<10 { try? await exchange.write([UInt8](repeating: 0x61, count: 100_000)) }
                try? await exchange.finish()
            }
        )
        let base = "https://localhost:\(fixture.address.port)"
        let verify = "--cacert \(folder)/localhost.pem"
        #expect(try curl("\(verify) -d hello \(base)/ -d more \(base)/") == "POST / hello&morePOST / hello&more")
        #expect(fixture.server.metrics.accepted == 1)
        #expect(try curl("\(verify) \(base)/stream").utf8.count == 1_000_000)
        #expect(try curl("\(verify) --tls-max 1.2 -d a \(base)/") == "POST / a")
        #expect(
            try curl("\(verify) --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 -d a \(base)/ || echo refused")
                == "refused\n"
        )
        #expect(try curl("\(verify) -sS -o /dev/null -w '%{http_version}' --http2 \(base)/") == "1.1")
        #expect(try await eventually { fixture.server.metrics.refusals[.handshake] == 1 })
    }

    @Test func showsNewConnectionsTheNewCertificate() async throws {
        let fixture = try await Fixture(tls: try makeContext("localhost"))
        let other = try makeContext("other.test")
        fixture.server.replaceTLS(other)
        await fixture.loops[0].perform {}
        let port = fixture.address.port
        let request =
            "--cacert \(folder)/other.test.pem --resolve other.test:\(port):127.0.0.1 https://other.test:\(port)/"
        #expect(try curl(request) == "GET / ")
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", ""]) func dropsWhoDoesNotSpeakTLS(start: String) async throws
    {
        let limits = ServerLimits { $0.headDurationMax = .milliseconds(60) }
        let fixture = try await Fixture(limits: limits, tls: try makeContext("localhost"))
        let client = try fixture.connect()
        client.send(start)
        #expect(try await eventually { fixture.server.metrics.refusals[.handshake] == 1 })
        #expect(try await eventually { fixture.server.metrics.open == 0 })
    }

    private func makeContext(_ name: String) throws -> TLSContext {
        let (certificate, key) = ("\(folder)/\(name).pem", "\(folder)/\(name).key")
        let curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
        let subject = "-subj /CN=\(name) -addext subjectAltName=DNS:\(name)"
        try #require(
            system(
                "openssl req -x509 \(curve) -nodes -days 2 \(subject) -keyout \(key) -out \(certificate) 2>/dev/null"
            ) == 0
        )
        return try TLSContext(certificateChainPath: certificate, privateKeyPath: key)
    }

    private func curl(_ arguments: String) throws -> String {
        let pipe = try #require(popen("curl -s --noproxy '*' --max-time 20 \(arguments)", "r"))
        defer { pclose(pipe) }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { output += buffer.prefix(count) }
        return String(decoding: output, as: UTF8.self)
    }
}
