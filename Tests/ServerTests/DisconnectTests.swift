import Glibc
import HTTP
import Reactor
import Server
import Testing

@Suite("Disconnects", .ownThread) struct DisconnectTests {
    enum Leaving: String, CaseIterable, Sendable {
        case close, reset, shutdownWriting
    }

    @Test(arguments: Leaving.allCases) func cancelsTheHandlerWhenItsClientGoes(leaving: Leaving) async throws {
        let state = Shared("")
        let fixture = try await Fixture(handler: { exchange in
            state.update { $0 = "started" }
            await withTaskCancellationHandler {
                try? await exchange.loop.sleep(until: .patience)
            } onCancel: {
                state.update { $0 = "cancelled" }
            }
        })
        let client = try fixture.connect()
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { state.value == "started" })
        switch leaving {
        case .close: client.close()
        case .reset: client.reset()
        case .shutdownWriting: client.shutdownWriting()
        }
        #expect(try await eventually { state.value == "cancelled" })
        #expect(try await eventually { fixture.server.metrics.open == 0 })
        #expect(fixture.server.metrics.abandoned == 1)
    }

    /// The cancellation comes before anything else of the turn: what the handler waits for never ends otherwise.
    @Test func cancelsInTheTurnOfTheHangUp() async throws {
        let turns = Shared<[Instant]>([])
        let fixture = try await Fixture(handler: { exchange in
            let loop = exchange.loop
            await withTaskCancellationHandler {
                try? await loop.sleep(until: .patience)
            } onCancel: {
                turns.update { $0.append(loop.now) }
            }
            let now = loop.now
            turns.update { $0.append(now) }
        })
        let client = try fixture.connect()
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        client.close()
        #expect(try await eventually { turns.value.count == 2 })
        #expect(turns.value.first == turns.value.last)
    }

    @Test func letsAHalfClosedClientReadItsAnswerWhereThatIsAllowed() async throws {
        let isReleased = Shared(false)
        let fixture = try await Fixture(
            limits: ServerLimits { $0.halfClose = .allow },
            handler: { exchange in
                await isReleased.becomesTrue(on: exchange.loop)
                await Fixture.echo(exchange)
            }
        )
        let client = try fixture.connect()
        client.send("GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        client.shutdownWriting()
        try await client.waitUntilAcknowledged()
        await fixture.takeEvents()
        isReleased.update { $0 = true }
        #expect(try client.readAnswer().text == "GET /a ")
        #expect(client.isClosedByServer())
    }

    @Test func noticesAResetEvenWhereHalfClosingIsAllowed() async throws {
        let fixture = try await Fixture(
            limits: ServerLimits { $0.halfClose = .allow },
            handler: { exchange in
                try? await exchange.loop.sleep(until: .patience)
            }
        )
        let client = try fixture.connect()
        client.send("GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        client.reset()
        #expect(try await eventually { fixture.server.metrics.open == 0 })
    }

    @Test(arguments: [false, true]) func answersARequestThatCameTogetherWithItsFIN(waits: Bool) async throws {
        let fixture = try await Fixture(handler: { exchange in
            if waits { try? await exchange.loop.sleep(until: exchange.loop.now.advanced(by: .milliseconds(5))) }
            await Fixture.echo(exchange)
        })
        let client = try await warmClient(of: fixture)
        try await whileBusy(fixture) {
            client.send("GET /a HTTP/1.1\r\nhost: a\r\n\r\nGET /b HTTP/1.1\r\nhost: a\r\n\r\n")
            client.shutdownWriting()
            try await client.waitUntilAcknowledged()
        }
        #expect(try client.readAnswer().text == "GET /a ")
        #expect(try client.readAnswer().text == "GET /b ")
        #expect(client.isClosedByServer())
    }

    /// Only a write would tell that it has gone, and a handler that waits writes nothing.
    @Test func doesNotWorkForLongForAClientThatHadGoneBeforeItBegan() async throws {
        let fixture = try await Fixture(
            limits: ServerLimits { $0.halfClosedDurationMax = .milliseconds(50) },
            handler: { exchange in
                if exchange.head.path == "/a" { try? await exchange.loop.sleep(until: .patience) }
                await Fixture.echo(exchange)
            }
        )
        let client = try await warmClient(of: fixture)
        try await whileBusy(fixture) {
            client.send("GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
            try await client.waitUntilAcknowledged()
            client.close()
        }
        #expect(try await eventually { fixture.server.metrics.open == 0 })
        #expect(fixture.server.metrics.abandoned == 1)
    }

    private func warmClient(of fixture: Fixture) async throws -> Client {
        let client = try fixture.connect()
        client.send("GET /warm HTTP/1.1\r\nhost: a\r\n\r\n")
        _ = try client.readAnswer()
        return client
    }

    /// Keeps the loop busy while `body` runs, so that it sees all of that in one event.
    private func whileBusy(_ fixture: Fixture, _ body: () async throws -> Void) async throws {
        let isBusy = Shared(true)
        let hasBegun = Shared(false)
        let busy = Task(executorPreference: fixture.loops[0]) {
            await fixture.loops[0].perform {
                hasBegun.update { $0 = true }
                while isBusy.value { sched_yield() }
            }
        }
        #expect(try await eventually { hasBegun.value })
        try await body()
        isBusy.update { $0 = false }
        await busy.value
    }

    @Test func doesNotTakePipelinedBytesForAHangUp() async throws {
        let isReleased = Shared(false)
        let fixture = try await Fixture(handler: { exchange in
            await isReleased.becomesTrue(on: exchange.loop)
            await Fixture.echo(exchange)
        })
        let client = try fixture.connect()
        client.send("GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try await eventually { fixture.server.metrics.inFlight == 1 })
        client.send("GET /b HTTP/1.1\r\nhost: a\r\n\r\n")
        try await client.waitUntilAcknowledged()
        await fixture.takeEvents()
        isReleased.update { $0 = true }
        #expect(try client.readAnswer().text == "GET /a ")
        #expect(try client.readAnswer().text == "GET /b ")
        #expect(fixture.server.metrics.abandoned == 0)
    }
}
