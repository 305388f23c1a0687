import Domain
import Reactor
import Server
import Testing

@Suite("Refusals", .ownThread) struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let status: Int

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "bare LF", request: "GET / HTTP/1.1\nhost: a\n\n", status: 400),
        Case(name: "LF in a field", request: "GET / HTTP/1.1\r\nhost: a\nx: y\r\n\r\n", status: 400),
        Case(name: "obs-fold", request: "GET / HTTP/1.1\r\nhost: a\r\nx: y\r\n z\r\n\r\n", status: 400),
        Case(name: "NUL in a value", request: "GET / HTTP/1.1\r\nhost: a\r\nx: \0\r\n\r\n", status: 400),
        Case(name: "NUL in the target", request: "GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n", status: 400),
        Case(name: "NUL first", request: "\0\0\0", status: 400),
        Case(name: "space before the colon", request: "GET / HTTP/1.1\r\nhost : a\r\n\r\n", status: 400),
        Case(name: "no host", request: "GET / HTTP/1.1\r\n\r\n", status: 400),
        Case(name: "two hosts", request: "GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", status: 400),
        Case(name: "equal lengths", request: post("content-length: 1\r\ncontent-length: 1"), status: 400),
        Case(name: "different lengths", request: post("content-length: 1\r\ncontent-length: 2"), status: 400),
        Case(name: "length list", request: post("content-length: 1, 1"), status: 400),
        Case(name: "negative length", request: post("content-length: -1"), status: 400),
        Case(name: "plus length", request: post("content-length: +1"), status: 400),
        Case(name: "huge length", request: post("content-length: 99999999999999999999"), status: 400),
        Case(name: "CL.TE", request: post("content-length: 5\r\ntransfer-encoding: chunked"), status: 400),
        Case(name: "TE.CL", request: post("transfer-encoding: chunked\r\ncontent-length: 5"), status: 400),
        Case(name: "TE.TE", request: post("transfer-encoding: chunked\r\ntransfer-encoding: chunked"), status: 400),
        Case(name: "chunked twice", request: post("transfer-encoding: chunked, chunked"), status: 501),
        Case(name: "gzip, chunked", request: post("transfer-encoding: gzip, chunked"), status: 501),
        Case(name: "xchunked", request: post("transfer-encoding: xchunked"), status: 501),
        Case(name: "bad chunk size", request: post("transfer-encoding: chunked", "x\r\n"), status: 400),
        Case(name: "0x chunk size", request: post("transfer-encoding: chunked", "0x1\r\n"), status: 400),
        Case(
            name: "chunk size beyond 64 bits",
            request: post("transfer-encoding: chunked", "fffffffffffffffff\r\n"),
            status: 400
        ),
        Case(name: "chunk size with LF", request: post("transfer-encoding: chunked", "1\na\r\n"), status: 400),
        Case(name: "chunk without its end", request: post("transfer-encoding: chunked", "1\r\nab\r\n"), status: 400),
        Case(name: "chunked in 1.0", request: "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", status: 400),
        Case(name: "CONNECT", request: "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n", status: 501),
        Case(name: "HTTP/2", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: 505),
        Case(name: "HTTP/0.9", request: "GET /\r\n", status: 400),
        Case(name: "strange expectation", request: post("expect: something\r\ncontent-length: 1"), status: 417),
        Case(name: "a TLS handshake", request: "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}", status: 400),
        Case(name: "body too large", request: post("content-length: 1001"), status: 413),
        Case(name: "chunks too large", request: post("transfer-encoding: chunked", "3e9\r\n"), status: 413),
        Case(
            name: "head too large",
            request: "GET / HTTP/1.1\r\nhost: a\r\nx: " + String(repeating: "y", count: 5000) + "\r\n\r\n",
            status: 431
        ),
        Case(name: "target too long", request: "GET /" + String(repeating: "y", count: 5000), status: 414),
        Case(
            name: "10,000 headers",
            request: "GET / HTTP/1.1\r\nhost: a\r\n" + String(repeating: "a:\r\n", count: 10_000) + "\r\n",
            status: 431
        ),
        Case(
            name: "51 headers",
            request: "GET / HTTP/1.1\r\nhost: a\r\n" + String(repeating: "a: b\r\n", count: 50) + "\r\n",
            status: 431
        ),
        Case(
            name: "endless trailers",
            request: post("transfer-encoding: chunked", "0\r\n" + String(repeating: "a: b\r\n", count: 2000)),
            status: 400
        ),
    ]

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nhost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    @Test(arguments: cases) func refusesWhatIsNotToTheLetterAndCloses(_ refused: Case) async throws {
        let limits = ServerLimits {
            $0.headBytesMax = 4096
            $0.headerCountMax = 50
            $0.bodyBytesMax = 1000
        }
        let fixture = try await Fixture(limits: limits)
        let client = try fixture.connect()
        client.send("GET /before HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try client.readAnswer().text == "GET /before ")
        // What follows must not be taken for a request.
        client.send(refused.request + "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == refused.status)
        #expect(answer.fields["connection"] == "close")
        #expect(answer.fields["content-type"] == "application/json")
        #expect(answer.fields["x-refused"]?.hasPrefix("\(refused.status) ") == true, "the handler is asked for fields")
        #expect(answer.text.hasPrefix("{\"error\":{\"message\":\""))
        #expect(answer.text.hasSuffix("\"param\":null,\"code\":null}}\n"))
        #expect(client.isClosedByServer())
        let other = try fixture.connect()
        other.send("GET /after HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try other.readAnswer().text == "GET /after ")
        #expect(fixture.server.metrics.refusals.values.reduce(0, +) == 1)
        #expect(fixture.server.metrics.requests == 2)
    }

    @Test func answersAClientThatSendsFarMoreThanItMay() async throws {
        let fixture = try await Fixture(limits: ServerLimits { $0.bodyBytesMax = 1000 })
        let client = try fixture.connect()
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3000000\r\n\r\n")
        client.send([UInt8](repeating: 1, count: 3_000_000))
        #expect(try client.readAnswer().status == 413)
    }

    @Test func answersARequestThatIsCutByItsSender() async throws {
        let fixture = try await Fixture()
        for cut in ["GET / HT", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabc"] {
            let client = try fixture.connect()
            client.send(cut)
            client.shutdownWriting()
            #expect(try client.readAnswer().status == 400)
        }
        let client = try fixture.connect()
        client.shutdownWriting()
        #expect(client.isClosedByServer(), "nothing was asked, so nothing is answered")
    }

    @Test(arguments: 0..<40) func goesOnServingAfterGarbage(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let fixture = try await Fixture(limits: ServerLimits { $0.lingerDurationMax = .milliseconds(20) })
        let pieces: [[UInt8]] = [
            "GET ", "POST ", "/ ", "HTTP/1.1", "\r\n", "\n", "\r", "host: a", "content-length: 3",
            "transfer-encoding: chunked", "\r\n\r\n", "0\r\n\r\n", "3\r\nabc\r\n", ":", " ", "\t",
            "expect: 100-continue",
            "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        ].map { Array($0.utf8) }
        for _ in 0..<10 {
            let client = try fixture.connect()
            for _ in 0..<Int(random.next() % 30) {
                let piece =
                    random.next() % 4 == 0
                    ? (0..<random.next() % 40).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                    : pieces[Int(random.next() % UInt64(pieces.count))]
                guard client.send(piece) else { break }
            }
            if random.next() % 2 == 0 { client.shutdownWriting() } else { client.reset() }
        }
        let client = try fixture.connect()
        client.send("GET /fine HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        #expect(try client.readAnswer().text == "GET /fine ")
    }
}
