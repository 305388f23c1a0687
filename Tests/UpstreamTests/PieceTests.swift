import HTTP
import Reactor
import Testing
import Upstream

/// A body that is handed over where it comes in, without its task.
@Suite struct PieceTests {
    @Test(arguments: ExchangeTests.bodies, [1, 7, 1000])
    func handsOverEveryFraming(response: String, packet: Int) async throws {
        let backend = Backend.answering(response, packet: packet)
        let origin = try backend.origin
        for transport in ExchangeTests.transports {
            let body = try await withClient { client, _ in
                let response = try await client.send(.get(origin, transport: transport), deadlines: .relaxed())
                return try await response.body(in: .max).bytes
            }
            #expect(String(decoding: body, as: UTF8.self) == "hello world")
        }
    }

    /// Many pieces, each of them one turn's: whoever stops after some gets the rest by the next call.
    @Test(arguments: ExchangeTests.transports, [1, 3, Int.max])
    func goesOnWhereItWasStopped(transport: UpstreamRequest.Transport, piecesPerCall: Int) async throws {
        let backend = Backend { peer in
            while peer.request() != nil {
                peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                for index in 0..<20 {
                    peer.write("4\r\n\(index + 1000)\r\n")
                    peer.pause(0.002)
                }
                peer.write("0\r\n\r\n")
            }
        }
        let origin = try backend.origin
        let expected = (0..<20).map { "\($0 + 1000)" }.joined()
        let bodies = try await withClient { client, _ in
            var bodies: [String] = []
            // The second one on the connection of the first.
            for _ in 0..<2 {
                let response = try await client.send(.get(origin, transport: transport), deadlines: .relaxed())
                let (bytes, calls) = try await response.body(in: piecesPerCall)
                bodies.append(String(decoding: bytes, as: UTF8.self))
                if piecesPerCall == .max { #expect(calls == 1) }
                if piecesPerCall == 1 { #expect(calls > 1) }
            }
            #expect(client.metrics.open <= 1)
            return bodies
        }
        #expect(bodies == [expected, expected])
    }

    /// Each piece gives the next one its whole time.
    @Test(arguments: ExchangeTests.transports)
    func waitsForEachPieceAnew(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n")
            for _ in 0..<10 {
                peer.write("x")
                peer.pause(0.15)
            }
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        let limit = Duration.seconds(1)
        let (count, error) = try await withClient { client, _ in
            let response = try await client.send(
                .get(origin, transport: transport),
                deadlines: .relaxed(betweenBytes: limit)
            )
            return await response.failure()
        }
        #expect(count == 10)
        #expect(error == .stalled(after: limit))
        #expect(await backend.waits(for: "closed"))
    }

    @Test(arguments: [
        ("5\r\nhello\r\nzz\r\n", UpstreamError.Kind.malformedResponse), ("5\r\nhello\r\n5\r\nwo", .truncated),
    ])
    func saysWhatBrokeWhileTheTaskSlept(rest: String, kind: UpstreamError.Kind) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
            peer.pause(0.05)
            peer.write(rest)
        }
        let origin = try backend.origin
        let error = try await withClient { client, _ in
            let response = try await client.send(.get(origin), deadlines: .relaxed())
            let (_, error) = await response.failure()
            #expect(client.metrics.open == 0)
            return error
        }
        #expect(error?.kind == kind)
    }

    @Test(arguments: ExchangeTests.transports)
    func endsWithItsTask(transport: UpstreamRequest.Transport) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx")
            peer.noteClose(as: "closed")
        }
        let origin = try backend.origin
        let error = try await withClient { client, loop in
            let response = try await client.send(.get(origin, transport: transport), deadlines: .relaxed())
            let bound = LoopBound(response, to: loop)
            let task = Task(executorPreference: loop) { await bound.value.failure().error }
            try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(20)))
            task.cancel()
            return await task.value
        }
        #expect(error == .cancelled)
        #expect(await backend.waits(for: "closed"))
    }

    /// A backend that sends as fast as it is read does not keep the loop to itself.
    @Test func handsOverNoMoreThanItsShareOfATurn() async throws {
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
            var bytesOfTurns: [Instant: Int] = [:]
            let isStopped = try await response.forEachPiece { piece in
                bytesOfTurns[loop.now, default: 0] += piece.count
                return true
            }
            #expect(!isStopped)
            #expect(bytesOfTurns.values.reduce(0, +) == size)
            let most = try #require(bytesOfTurns.values.max())
            #expect(most < 100_000 + 64 * 1024)
        }
    }
}

extension UpstreamResponse {
    /// The whole body, taken `piecesPerCall` pieces at a time, and how many calls that took.
    fileprivate func body(in piecesPerCall: Int) async throws(UpstreamError) -> (bytes: [UInt8], calls: Int) {
        var (bytes, pieces, calls) = ([UInt8](), 0, 0)
        repeat {
            pieces = 0
            calls += 1
        } while try await forEachPiece { piece in
            bytes += piece
            pieces += 1
            return pieces < piecesPerCall
        }
        return (bytes, calls)
    }

    /// How many bytes came, and what ended them.
    fileprivate func failure() async -> (count: Int, error: UpstreamError?) {
        var count = 0
        do throws(UpstreamError) {
            _ = try await forEachPiece { piece in
                count += piece.count
                return true
            }
            return (count, nil)
        } catch {
            return (count, error)
        }
    }
}
