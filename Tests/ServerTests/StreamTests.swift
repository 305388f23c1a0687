import HTTP
import Reactor
import Server
import Testing

@Suite("Streams", .ownThread) struct StreamTests {
    @Test func sendsEachPieceAtOnceAndKeepsTheConnection() async throws {
        let step = Shared(0)
        let fixture = try await Fixture(handler: { exchange in
            try? await exchange.startStream(status: 200, fields: Array("x: y\r\n".utf8))
            for index in 1...3 {
                while step.value < index {
                    try? await exchange.loop.sleep(until: Instant.now.advanced(by: .milliseconds(1)))
                }
                try? await exchange.write(Array("piece \(index)".utf8))
            }
            try? await exchange.finish()
        })
        let client = try fixture.connect()
        for _ in 0..<2 {
            step.update { $0 = 0 }
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            let head = try client.readAnswerHead()
            #expect(head.contains("transfer-encoding: chunked\r\n"))
            for index in 1...3 {
                step.update { $0 = index }
                #expect(try client.read(12) == Array("7\r\npiece \(index)\r\n".utf8))
            }
            #expect(try client.read(5) == Array("0\r\n\r\n".utf8))
        }
    }

    @Test func endsWithTheConnectionForHTTP10() async throws {
        let fixture = try await Fixture(handler: { exchange in
            try? await exchange.startStream(status: 200, fields: [], first: [0x61])
            try? await exchange.write([0x62, 0x63])
            try? await exchange.finish([0x64])
        })
        let client = try fixture.connect()
        client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.text == "abcd")
        #expect(answer.fields["connection"] == "close")
        #expect(answer.fields["transfer-encoding"] == nil)
    }

    @Test(arguments: ["returns", "aborts"]) func resetsAnAnswerThatIsNotFinished(how: String) async throws {
        let isRead = Shared(false)
        let fixture = try await Fixture(handler: { exchange in
            try? await exchange.startStream(status: 200, fields: [], first: [0x61])
            await isRead.becomesTrue(on: exchange.loop)
            if exchange.head.path == "/aborts" { exchange.abort() }
        })
        for version in ["1.0", "1.1"] {
            isRead.update { $0 = false }
            let client = try fixture.connect()
            client.send("GET /\(how) HTTP/\(version)\r\nhost: a\r\n\r\n")
            _ = try client.readAnswerHead()
            isRead.update { $0 = true }
            #expect(throws: IOError.system("recv", 104), "a client must see that the answer was cut") {
                try client.readToEnd()
            }
        }
    }

    @Test(arguments: ["/waits", "/at-once"])
    func holdsTheWriterBackWhileTheClientDoesNotRead(how: String) async throws {
        let written = Shared(0)
        let fixture = try await Fixture(
            limits: ServerLimits { $0.writeBufferBytesMax = 65_536 },
            handler: { exchange in
                try? await exchange.startStream(status: 200, fields: [])
                let piece = [UInt8](repeating: 7, count: 100_000)
                for _ in 0..<200 {
                    if exchange.head.path == "/waits" {
                        try? await exchange.write(piece)
                    } else if (try? exchange.writeAtOnce(piece)) == false {
                        try? await exchange.drain()
                    }
                    written.update { $0 += 100_000 }
                }
                try? await exchange.finish()
            }
        )
        let client = try fixture.connect(receiveBufferBytes: 65_536)
        client.send("GET \(how) HTTP/1.1\r\nhost: a\r\n\r\n")
        var before = -1
        repeat {
            before = written.value
            await fixture.takeEvents()
        } while written.value > before || before == 0
        #expect(written.value < 5_000_000, "a client that does not read must not fill the server's memory")
        #expect(try client.readAnswer().body == [UInt8](repeating: 7, count: 20_000_000))
    }

    @Test(arguments: ["/pieces", "/whole"]) func resetsAClientThatNeverReads(path: String) async throws {
        let failure = Shared<IOError?>(nil)
        let fixture = try await Fixture(
            limits: ServerLimits {
                $0.writeBufferBytesMax = 65_536
                $0.writeDurationMax = .milliseconds(100)
            },
            handler: { exchange in
                do throws(IOError) {
                    guard exchange.head.path == "/pieces" else {
                        let body = [UInt8](repeating: 7, count: 20_000_000)
                        return try await exchange.respond(status: 200, fields: [], body: body)
                    }
                    try await exchange.startStream(status: 200, fields: [])
                    while true { try await exchange.write([UInt8](repeating: 7, count: 100_000)) }
                } catch {
                    failure.update { $0 = error }
                }
            }
        )
        let client = try fixture.connect(receiveBufferBytes: 65_536)
        client.send("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { failure.value != nil })
        #expect(failure.value == .timedOut)
        #expect(try await eventually { fixture.server.metrics.open == 0 })
    }

    @Test func countsWhatWentOut() async throws {
        let counts = Shared<[Int]>([])
        let fixture = try await Fixture(handler: { exchange in
            let before = exchange.firstByteAt == nil && exchange.bytesWritten == 0 && !exchange.hasStarted
            await exchange.answer([1, 2, 3])
            let count = exchange.bytesWritten
            let isAfter = exchange.firstByteAt.map { $0 >= exchange.receivedAt } ?? false
            counts.update { $0 += [count, before ? 1 : 0, isAfter ? 1 : 0] }
        })
        let client = try fixture.connect()
        client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        let bytes = try client.readToEnd()
        #expect(counts.value == [bytes.count, 1, 1])
        #expect(fixture.server.metrics.bytesOut == UInt64(bytes.count))
    }
}
