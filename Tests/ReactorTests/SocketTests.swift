import Glibc
import Testing

@testable import Reactor

@Suite("Socket") struct SocketTests {
    let loop: EventLoop

    init() throws { loop = try EventLoop(name: "sockets") }

    @Test(arguments: [1, 1000, 300_000, 3_000_000]) func carriesBytesBothWaysWhatTheBuffersHold(count: Int) async throws
    {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        try #require(fcntl(theirs, F_SETFL, O_NONBLOCK) == 0)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let echo = Task(executorPreference: loop) {
            let socket = try Socket(adopting: theirs, on: loop)
            let all = try await socket.readToEnd(deadline: .patience)
            try await socket.writeAll(all, deadline: .patience)
            socket.close()
        }
        let answer = try await Task(executorPreference: loop) {
            let socket = try Socket(adopting: ours, on: loop)
            defer { socket.close() }
            try await socket.writeAll(bytes, deadline: .patience)
            socket.shutdownWriting()
            return try await socket.readToEnd(deadline: .patience)
        }.value
        try await echo.value
        #expect(answer == bytes)
    }

    @Test func writesHeadAndBodyAsOne() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        let transfer = try await Task(executorPreference: loop) {
            let socket = try Socket(adopting: ours, on: loop)
            defer { socket.close() }
            return try [1, 2].withUnsafeBytes { head in try [3, 4, 5].withUnsafeBytes { try socket.write(head, $0) } }
        }.value
        guard case .bytes(40) = transfer else {
            Issue.record("wrote \(transfer)")
            return
        }
    }

    @Test func tellsOfAHangUpWhateverTheTaskWaitsFor() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        let seen = try await Task(executorPreference: loop) {
            let socket = try Socket(adopting: ours, on: loop)
            defer { socket.close() }
            var seen = 0
            let waiter = Waiter(on: loop)
            socket.onHangUp = {
                seen += 1
                waiter.end(.ready)
            }
            close(theirs)
            _ = await waiter.wait(until: .patience)
            return (seen, socket.hasHungUp)
        }.value
        #expect(seen.0 >= 1)
        #expect(seen.1)
    }

    @Test func readsWhatCameBeforeTheEnd() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        sendAll([1, 2, 3], to: theirs)
        close(theirs)
        let read = try await Task(executorPreference: loop) {
            let socket = try Socket(adopting: ours, on: loop)
            defer { socket.close() }
            try await loop.sleep(until: loop.now)  // a turn, in which the loop learns of the end
            return [
                try await socket.readSome(deadline: .patience), try await socket.readSome(deadline: .patience),
                try await socket.readSome(deadline: .patience),
            ]
        }.value
        #expect(read == [[1, 2, 3], [], []])
    }

    @Test func endsAWaitWhenItIsClosed() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        await #expect(throws: IOError.closedLocally) {
            try await Task(executorPreference: loop) {
                let socket = try Socket(adopting: ours, on: loop)
                let bound = LoopBound(socket, to: loop)
                // It runs when this one waits: both are on one thread.
                Task(executorPreference: loop) { bound.value.close() }
                _ = try await socket.readSome(deadline: .patience)
            }.value
        }
    }

    @Test func endsAWaitAtItsDeadlineAndAtItsCancellation() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        let hasTimedOut = Shared(false)
        let reading = Task(executorPreference: loop) {
            let socket = try Socket(adopting: ours, on: loop)
            defer { socket.close() }
            await #expect(throws: IOError.timedOut) {
                try await socket.readSome(deadline: Instant.now.advanced(by: .milliseconds(5)))
            }
            hasTimedOut.update { $0 = true }
            _ = try await socket.readSome(deadline: .patience)
        }
        while !hasTimedOut.value { await loop.perform {} }
        reading.cancel()
        await #expect(throws: IOError.cancelled) { try await reading.value }
    }

    @Test func failsAWriteToAPeerThatIsGone() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        close(theirs)
        await #expect(throws: IOError.closedByPeer) {
            try await Task(executorPreference: loop) {
                let socket = try Socket(adopting: ours, on: loop)
                defer { socket.close() }
                try await socket.writeAll([1], deadline: .patience)
            }.value
        }
    }
}
