import HTTP
import Reactor
import Server
import Testing

@Suite("Limits", .ownThread) struct LimitTests {
    @Test(arguments: ["GET / HTTP/1.1\r\nho", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab"])
    func answers408ToWhatComesTooSlowly(start: String) async throws {
        let limits = ServerLimits {
            $0.headDurationMax = .milliseconds(80)
            $0.bodyDurationMax = .milliseconds(80)
        }
        let fixture = try await Fixture(limits: limits)
        let client = try fixture.connect()
        client.send(start)
        #expect(try client.readAnswer().status == 408)
        #expect(client.isClosedByServer())
        #expect(fixture.server.metrics.refusals[.slow] == 1)
    }

    /// A byte now and then does not extend the time for a head.
    @Test func isNotKeptWaitingByAByteNowAndThen() async throws {
        let limits = ServerLimits {
            $0.headDurationMax = .milliseconds(150)
            $0.lingerDurationMax = .seconds(60)
        }
        let fixture = try await Fixture(limits: limits)
        let client = try fixture.connect()
        for byte in "GET / HTTP/1.1\r\nhost: a\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".utf8 {
            guard client.send([byte]), fixture.server.metrics.refusals[.slow] == 0 else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try client.readAnswer().status == 408)
    }

    @Test func closesIdleConnectionsWithoutAWord() async throws {
        let isReleased = Shared(false)
        let fixture = try await Fixture(handler: { exchange in
            await isReleased.becomesTrue(on: exchange.loop)
            await exchange.answer([])
        })
        let used = try fixture.connect()
        used.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        // Only now, so that a slow machine cannot be taken for an idle client.
        fixture.server.replaceLimits(ServerLimits { $0.idleDurationMax = .milliseconds(60) })
        await fixture.loops[0].perform {}
        let fresh = try fixture.connect()
        #expect(fresh.isClosedByServer())
        isReleased.update { $0 = true }
        #expect(try used.readAnswer().status == 200)
        #expect(used.isClosedByServer())
    }

    @Test func answers503BeyondTheConnectionLimitAndRecovers() async throws {
        let fixture = try await Fixture(loops: 2, limits: ServerLimits { $0.connectionsMax = 3 })
        var clients = try (0..<3).map { _ in try fixture.connect() }
        for client in clients {
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
        }
        let rejected = try fixture.connect()
        rejected.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try rejected.readAnswer().status == 503)
        #expect(rejected.isClosedByServer())
        #expect(fixture.server.metrics.rejected == 1)
        clients.removeLast()
        #expect(try await eventually { fixture.server.metrics.open == 2 })
        let next = try fixture.connect()
        next.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try next.readAnswer().status == 200)
    }

    /// However the kernel deals them out, and however many come at once.
    @Test func neverServesMoreConnectionsThanAllowed() async throws {
        let fixture = try await Fixture(loops: 4, limits: ServerLimits { $0.connectionsMax = 10 })
        let clients = try (0..<60).map { _ in try fixture.connect() }
        #expect(try await eventually { fixture.server.metrics.accepted + fixture.server.metrics.rejected == 60 })
        #expect(fixture.server.metrics.accepted <= 10)
        var statuses: [Int: Int] = [:]
        for client in clients {
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            statuses[try client.readAnswer().status, default: 0] += 1
        }
        #expect(statuses[200] == Int(fixture.server.metrics.accepted))
        #expect(statuses[503] == Int(fixture.server.metrics.rejected))
    }

    @Test func takesNewLimitsWhileItServes() async throws {
        let fixture = try await Fixture()
        let limits = ServerLimits { $0.bodyBytesMax = 1 }
        fixture.server.replaceLimits(limits)
        await fixture.loops[0].perform {}
        let client = try fixture.connect()
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nab")
        #expect(try client.readAnswer().status == 413)
    }
}

@Suite("Drain", .ownThread) struct DrainTests {
    @Test func answersARequestThatIsOnItsWay() async throws {
        let fixture = try await Fixture()
        let client = try fixture.connect()
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab")
        #expect(try await eventually { fixture.server.metrics.bytesIn > 0 })
        let drained = Task(executorPreference: fixture.loops[0]) { await fixture.server.drain(deadline: .patience) }
        #expect(try await eventually { (try? fixture.connect()) == nil })
        client.send("cd")
        let answer = try client.readAnswer()
        #expect(answer.text == "POST / abcd")
        #expect(answer.fields["connection"] == "close")
        await drained.value
    }

    @Test func finishesWhatIsInFlightAndClosesTheRest() async throws {
        let isReleased = Shared(false)
        // An address of its own: no other test's server can take the port as soon as this one leaves it.
        let fixture = try await Fixture(
            ["127.0.0.2:0"],
            loops: 2,
            handler: { exchange in
                if exchange.head.path == "/wait" { await isReleased.becomesTrue(on: exchange.loop) }
                await exchange.answer([1])
            }
        )
        let idle = try fixture.connect()
        idle.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try idle.readAnswer().fields["connection"] == nil)
        let busy = try fixture.connect()
        busy.send("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        let drained = Task(executorPreference: fixture.loops[0]) { await fixture.server.drain(deadline: .patience) }
        #expect(idle.isClosedByServer())
        #expect(try await eventually { (try? fixture.connect()) == nil }, "every loop's listener closes")
        isReleased.update { $0 = true }
        let answer = try busy.readAnswer()
        #expect(answer.status == 200)
        #expect(answer.fields["connection"] == "close")
        await drained.value
        // A connection that one loop handed to another in the last moment is closed there, a turn later.
        #expect(try await eventually { fixture.server.metrics.open == 0 })
    }

    /// Each waits for all of it, and the one that is in a hurry does not wait for the other.
    @Test func mayBeAskedForTwice() async throws {
        let isReleased = Shared(false)
        let fixture = try await Fixture(handler: { exchange in
            await isReleased.becomesTrue(on: exchange.loop)
            await exchange.answer([1])
        })
        let client = try fixture.connect()
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        let drains = (0..<2).map { _ in
            Task(executorPreference: fixture.loops[0]) { await fixture.server.drain(deadline: .patience) }
        }
        #expect(try await eventually { (try? fixture.connect()) == nil })
        isReleased.update { $0 = true }
        #expect(try client.readAnswer().status == 200)
        for drain in drains { await drain.value }
        #expect(fixture.server.metrics.open == 0)
        await fixture.server.drain(deadline: .patience)
    }

    @Test func resetsWhatIsLeftAtTheDeadline() async throws {
        let fixture = try await Fixture(handler: { exchange in
            try? await exchange.startStream(status: 200, fields: [], first: [1])
            try? await exchange.loop.sleep(until: .patience)
        })
        let client = try fixture.connect()
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        _ = try client.readAnswerHead()
        await fixture.server.drain(deadline: Instant.now.advanced(by: .milliseconds(50)))
        #expect(throws: IOError.system("recv", 104)) { try client.readToEnd() }
        #expect(fixture.server.metrics.open == 0)
    }
}
