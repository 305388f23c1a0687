import Glibc
import HTTP
import Reactor
import Server
import Testing

@Suite("Requests", .ownThread) struct RequestTests {
    @Test func answersOneAfterAnotherOnOneConnection() async throws {
        let fixture = try await Fixture()
        let client = try fixture.connect()
        for index in 0..<20 {
            client.send("POST /\(index)?q HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc")
            let answer = try client.readAnswer()
            #expect(answer.status == 200)
            #expect(answer.text == "POST /\(index)?q abc")
            #expect(answer.fields["connection"] == nil)
            #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
        }
        #expect(fixture.server.metrics.accepted == 1)
        #expect(fixture.server.metrics.requests == 20)
    }

    @Test func answersPipelinedRequestsInTheirOrder() async throws {
        let fixture = try await Fixture(handler: { exchange in
            // The earlier ones take longer.
            let number = Int(exchange.head.path.dropFirst()) ?? 0
            try? await exchange.loop.sleep(until: Instant.now.advanced(by: .milliseconds(10 - number)))
            await Fixture.echo(exchange)
        })
        let client = try fixture.connect()
        let requests = (0..<10).map { index in
            index % 2 == 0
                ? "GET /\(index) HTTP/1.1\r\nhost: a\r\n\r\n"
                : "POST /\(index) HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n"
        }
        client.send(requests.joined())
        for index in 0..<10 {
            #expect(try client.readAnswer().text == (index % 2 == 0 ? "GET /\(index) " : "POST /\(index) xy"))
        }
    }

    @Test func closesAfterAsManyPipelinedRequestsAsAllowed() async throws {
        let fixture = try await Fixture(limits: ServerLimits { $0.pipelinedRequestsMax = 3 })
        let client = try fixture.connect()
        client.send(String(repeating: "GET / HTTP/1.1\r\nhost: a\r\n\r\n", count: 10))
        for index in 0..<4 {
            #expect(try client.readAnswer().fields["connection"] == (index == 3 ? "close" : nil))
        }
        #expect(client.isClosedByServer())
    }

    /// However the bytes are cut, the answers are the same.
    @Test(arguments: [1, 2, 3, 7, 16, 61]) func givesTheSameAnswersToBytesThatDrip(step: Int) async throws {
        let fixture = try await Fixture()
        let bytes = Array(
            """
            POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
            GET /b HTTP/1.1\r\nHost: a\r\n\r\n\
            POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
            3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: dropped\r\n\r\n\
            GET /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n
            """.utf8
        )
        let client = try fixture.connect()
        for start in stride(from: 0, to: bytes.count, by: step) {
            client.send(Array(bytes[start..<min(start + step, bytes.count)]))
            try await Task.sleep(for: .microseconds(300))
        }
        for text in ["POST /a hello", "GET /b ", "POST /c abcdefg", "GET /d "] {
            #expect(try client.readAnswer().text == text)
        }
        #expect(client.isClosedByServer())
    }

    @Test func takesAndGivesLargeBodiesWhole() async throws {
        let fixture = try await Fixture(handler: { await $0.answer($0.body) })
        let client = try fixture.connect()
        let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 3) }
        // The server reads all of it before it answers, so one thread can do both.
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: \(body.count)\r\n\r\n")
        client.send(body)
        #expect(try client.readAnswer().body == body)
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        for start in stride(from: 0, to: body.count, by: 100_000) {
            client.send("186a0\r\n")
            client.send(Array(body[start..<start + 100_000]) + [13, 10])
        }
        client.send("0\r\n\r\n")
        #expect(try client.readAnswer().body == body)
    }

    @Test func answersHeadWithTheFieldsOfGetAndNoBody() async throws {
        let fixture = try await Fixture(handler: { exchange in
            if exchange.head.path == "/stream" {
                try? await exchange.startStream(status: 200, fields: [], first: [1, 2, 3])
                try? await exchange.write([4, 5, 6])
                try? await exchange.finish([7])
            } else {
                await exchange.answer([1, 2, 3])
            }
        })
        let client = try fixture.connect()
        client.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nhost: a\r\n\r\n")
        client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        #expect(try client.readAnswer(toHead: true).fields["content-length"] == "3")
        #expect(try client.readAnswer(toHead: true).fields["transfer-encoding"] == "chunked")
        #expect(try client.readAnswer().body == [1, 2, 3])
        #expect(client.isClosedByServer())
    }

    @Test(arguments: [204, 304]) func sendsNoBodyWhereTheStatusHasNone(status: Int) async throws {
        let fixture = try await Fixture(handler: { exchange in
            try? await exchange.respond(status: status, fields: [], body: [1, 2, 3])
        })
        let client = try fixture.connect()
        client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == status)
        #expect(answer.fields["content-length"] == nil)
        #expect(client.isClosedByServer())
    }

    @Test func keepsHTTP10OpenOnlyWhereItAsksForThat() async throws {
        let fixture = try await Fixture()
        let client = try fixture.connect()
        client.send("GET /1 HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
        #expect(try client.readAnswer().fields["connection"] == "keep-alive")
        client.send("GET /2 HTTP/1.0\r\n\r\n")
        #expect(try client.readAnswer().fields["connection"] == "close")
        #expect(client.isClosedByServer())
    }

    @Test func asksForABodyThatWaitsForLeaveAndForNoOther() async throws {
        let fixture = try await Fixture(limits: ServerLimits { $0.bodyBytesMax = 10 })
        let client = try fixture.connect()
        client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        #expect(try client.readAnswer().status == 100)
        client.send("hi")
        #expect(try client.readAnswer().text == "POST / hi")
        client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi")
        #expect(try client.readAnswer().text == "POST / hi", "the body was there: nobody waits for leave")
        client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n")
        #expect(try client.readAnswer().status == 100)
        client.send("2\r\nyo\r\n0\r\n\r\n")
        #expect(try client.readAnswer().text == "POST / yo")
        client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n")
        #expect(try client.readAnswer().status == 413, "a body that is too long is not asked for")
        #expect(client.isClosedByServer())
    }

    @Test func answersForAHandlerThatDoesNot() async throws {
        let fixture = try await Fixture(handler: { _ in })
        let client = try fixture.connect()
        for _ in 0..<2 {
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try client.readAnswer().status == 500)
        }
    }

    @Test(arguments: ["unix:/tmp/switchyard-server-\(getpid()).sock", "[::1]:0", "127.0.0.1:0"])
    func servesEveryKindOfAddressOnAllLoops(address: String) async throws {
        let onLoops = Shared<[String: Int]>([:])
        let fixture = try await Fixture(
            [address],
            loops: 3,
            handler: { exchange in
                let name = exchange.loop.name
                onLoops.update { $0[name, default: 0] += 1 }
                await exchange.answer([])
            }
        )
        let clients = try (0..<40).map { _ in try fixture.connect() }
        for client in clients {
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
        }
        #expect(onLoops.value.count == 3)
        let counts = onLoops.value.values
        #expect(try #require(counts.max()) - #require(counts.min()) <= 5, "a loop takes few more than another")
        #expect(fixture.server.metrics.open == 40)
        await fixture.server.drain(deadline: .patience)
    }

    @Test func tellsWhatItDoes() async throws {
        let isReleased = Shared(false)
        let fixture = try await Fixture(
            loops: 2,
            handler: { exchange in
                await isReleased.becomesTrue(on: exchange.loop)
                await exchange.answer([])
            }
        )
        let before = Instant.now
        let clients = try (0..<4).map { _ in try fixture.connect() }
        for client in clients { client.send("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n") }
        #expect(try await eventually { fixture.server.metrics.inFlight == 4 })
        let oldest = try #require(fixture.server.metrics.oldestInFlight)
        #expect(oldest >= before && oldest <= .now)
        isReleased.update { $0 = true }
        for client in clients { #expect(try client.readAnswer().status == 200) }
        #expect(try await eventually { fixture.server.metrics.inFlight == 0 })
        #expect(fixture.server.metrics.oldestInFlight == nil)
        #expect(fixture.server.metrics.bytesIn == 4 * 31)
        for client in clients { client.close() }
        #expect(try await eventually { fixture.server.metrics.open == 0 })
    }
}
