import Domain
import Foundation
import GRDB
import Ledger
import Synchronization
import Testing

/// A locked file, a full disk, a torn or damaged spill file: no request waits, and no row is lost.
@Suite struct LedgerFaultTests {
    /// While another connection holds the lock, rows go to the spill file, durable ones too; then into the database.
    @Test func aLockedDatabaseSpillsAndReplays() async throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 1)
        let entries = (0..<500).map { randomEntry(at: noon + $0, using: &generator) }
        let lock = try fixture.exclusiveLock()

        for entry in entries[..<499] { writer.record(entry) }
        await writer.recordDurably(entries[499])
        #expect(writer.metrics.rowsSpilled == 500)
        #expect(writer.metrics.rowsWritten == 0 && writer.metrics.rowsQueued == 0)
        #expect(writer.metrics.lastRefusal?.contains("locked") == true)
        #expect(writer.metrics.lag > .zero)

        try await lock.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await fixture.waits { writer.metrics.rowsWritten == 500 })
        let reader = try fixture.reader()
        for entry in entries { #expect(try reader.request(id: entry.request.id) == entry) }
        #expect(writer.metrics.rowsSpilled == 0)
        #expect(writer.metrics.lag == .zero)
        writer.close()
        #expect(fixture.events.withLock { $0.first.map { if case .spilling = $0 { true } else { false } } } == true)
        #expect(fixture.events.withLock { $0.last } == .recovered(rows: 500))
        #expect(try size(of: fixture.spillPath) == 0)
    }

    /// However long the writer itself waits for a lock, those who record do not.
    @Test func recordNeverWaitsForTheLock() async throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer { $0.busyTimeoutMilliseconds = 600_000 }
        var generator = SeededGenerator(seed: 1)
        let lock = try fixture.exclusiveLock()
        writer.recordDurably(randomEntry(at: noon, using: &generator)) {}
        try await Task.sleep(for: .milliseconds(20))
        for index in 1..<2000 { writer.record(randomEntry(at: noon + Int64(index), using: &generator)) }
        // Had one of them waited, the writer would have given up by now.
        #expect(writer.metrics.rowsQueued == 2000 && writer.metrics.refusals == 0)
        try await lock.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        writer.close()
        #expect(try fixture.reader().totals().requests == 2000)
    }

    /// A database at its limit spills; the next process, with room, finds every row.
    @Test func rowsOfAFullDatabaseAreReplayedByTheNextProcess() async throws {
        let fixture = try LedgerFixture()
        let full = try fixture.writer { $0.databaseBytesMax = 8192 * 10 }
        var generator = SeededGenerator(seed: 2)
        let entries = (0..<1000).map { randomEntry(at: noon + $0, using: &generator) }
        for entry in entries[..<500] { full.record(entry) }
        await full.flush()
        for entry in entries[500...] { full.record(entry) }
        full.close()
        #expect(full.metrics.rowsSpilled > 0)
        #expect(full.metrics.rowsSpilled + full.metrics.rowsWritten == 1000)

        let roomy = try fixture.writer { $0.replayRowsMax = 64 }
        let reader = try fixture.reader()
        #expect(try await fixture.waits { roomy.metrics.rowsSpilled == 0 })
        #expect(try reader.totals().requests == 1000)
        for entry in entries { #expect(try reader.request(id: entry.request.id) == entry) }
        roomy.close()
    }

    /// A row that is both in the database and in the spill file is there once, with each attempt once.
    @Test func replayingTwiceWritesOnce() async throws {
        let fixture = try LedgerFixture()
        var generator = SeededGenerator(seed: 3)
        let entries = (0..<50).map { bulkyEntry(at: noon + $0, using: &generator) }
        let spilling = try fixture.writer { $0.databaseBytesMax = 1 }
        for entry in entries { spilling.record(entry) }
        spilling.close()
        let spilled = try Data(contentsOf: URL(fileURLWithPath: fixture.spillPath))

        for _ in 0..<3 {
            try spilled.write(to: URL(fileURLWithPath: fixture.spillPath))
            let writer = try fixture.writer()
            #expect(try await fixture.waits { writer.metrics.rowsSpilled == 0 })
            writer.close()
        }
        #expect(try fixture.reader().totals().requests == 50)
        for entry in entries { #expect(try fixture.reader().request(id: entry.request.id) == entry) }
        let attempts = try await DatabaseQueue(path: fixture.path).read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM attempt")
        }
        #expect(attempts == entries.reduce(0) { $0 + $1.attempts.count })
    }

    /// Wherever a kill cut the spill file, the rows before the cut are replayed and later rows are not lost to it.
    @Test(arguments: 0..<24)
    func aTornTailCostsOnlyItself(seed: UInt64) async throws {
        let fixture = try LedgerFixture()
        var generator = SeededGenerator(seed: seed)
        let entries = (0..<10).map { bulkyEntry(at: noon + $0, using: &generator) }
        let later = bulkyEntry(at: noon + 100, using: &generator)
        var ends: [Int] = []
        let first = try fixture.writer { $0.databaseBytesMax = 1 }
        for entry in entries {
            first.record(entry)
            await first.flush()
            ends.append(try size(of: fixture.spillPath))
        }
        first.close()
        let length = Int.random(in: 0...(ends.last ?? 0), using: &generator)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: fixture.spillPath))
        try file.truncate(atOffset: UInt64(length))
        // Half of the time the file keeps a length that its bytes never reached, as after a power cut.
        if seed.isMultiple(of: 2) { try file.truncate(atOffset: UInt64(length + 500)) }
        try file.close()

        let second = try fixture.writer { $0.databaseBytesMax = 1 }
        second.record(later)
        second.close()
        let third = try fixture.writer()
        #expect(try await fixture.waits { third.metrics.rowsSpilled == 0 })
        third.close()
        let reader = try fixture.reader()
        for (entry, end) in zip(entries, ends) where end <= length {
            #expect(try reader.request(id: entry.request.id) == entry)
        }
        #expect(try reader.request(id: later.request.id) == later)
        #expect(try reader.totals().requests == ends.count { $0 <= length } + 1)
    }

    /// A frame that rotted is told and passed over; the rows around it are replayed.
    @Test func aDamagedFrameCostsOnlyItself() async throws {
        let fixture = try LedgerFixture()
        var generator = SeededGenerator(seed: 4)
        let first = try fixture.writer { $0.databaseBytesMax = 1 }
        var ends: [Int] = []
        let entries = (0..<3).map { bulkyEntry(at: noon + $0, using: &generator) }
        for entry in entries {
            first.record(entry)
            await first.flush()
            ends.append(try size(of: fixture.spillPath))
        }
        first.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: fixture.spillPath))
        try file.seek(toOffset: UInt64(ends[0] + 40))
        try file.write(contentsOf: [0xff, 0xfe, 0xfd])
        try file.close()

        let second = try fixture.writer()
        #expect(second.metrics.rowsRejected == 1)
        #expect(try await fixture.waits { second.metrics.rowsSpilled == 0 })
        second.close()
        let reader = try fixture.reader()
        #expect(try reader.request(id: entries[0].request.id) == entries[0])
        #expect(try reader.request(id: entries[1].request.id) == nil)
        #expect(try reader.request(id: entries[2].request.id) == entries[2])
    }

    /// Where neither file takes rows they stay in memory, up to the limit; those beyond are counted and told.
    @Test func memoryIsTheLastResortAndIsBounded() async throws {
        // A spill file is locked, and the machine has one /dev/full: another run of these tests has to wait.
        let turn = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(turn) }
        try #require(flock(turn, LOCK_EX) == 0)
        let fixture = try LedgerFixture()
        let writer = try fixture.writer {
            $0.databaseBytesMax = 1
            $0.spillPath = "/dev/full"
            $0.queueRowsMax = 100
            $0.durableWaitMillisecondsMax = 60
        }
        var generator = SeededGenerator(seed: 5)
        for index in 0..<99 { writer.record(bulkyEntry(at: noon + Int64(index), using: &generator)) }
        await writer.flush()
        #expect(writer.metrics.rowsQueued == 99 && writer.metrics.rowsDropped == 0)
        let start = ContinuousClock.now
        await writer.recordDurably(bulkyEntry(at: noon + 99, using: &generator))
        #expect(
            ContinuousClock.now - start >= .milliseconds(40),
            "a durable row was acknowledged while it was not safe"
        )
        #expect(writer.metrics.rowsUnsafe == 1)
        for index in 0..<5 { writer.record(bulkyEntry(at: noon + 200 + Int64(index), using: &generator)) }
        await writer.recordDurably(bulkyEntry(at: noon + 300, using: &generator))
        #expect(writer.metrics.rowsDropped == 6)
        writer.close()
        #expect(writer.metrics.rowsDropped == 106)
        fixture.events.withLock { events in
            #expect(events.contains { if case .holdingInMemory = $0 { true } else { false } })
            #expect(events.reduce(0) { if case .dropped(let rows) = $1 { $0 + rows } else { $0 } } == 106)
        }
    }

    /// A spill file at its limit holds what it has and lets memory take the rest; nothing is lost when there is room.
    @Test func aSpillFileAtItsLimitLosesNothing() async throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer { $0.spillBytesMax = 20_000 }
        var generator = SeededGenerator(seed: 6)
        let lock = try fixture.exclusiveLock()
        for index in 0..<200 {
            writer.record(randomEntry(at: noon + Int64(index), using: &generator))
            if index % 10 == 0 { await writer.flush() }
        }
        await writer.flush()
        #expect(writer.metrics.rowsSpilled > 0 && writer.metrics.rowsQueued > 0)
        #expect(try size(of: fixture.spillPath) <= 20_000)
        try await lock.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try await fixture.waits { writer.metrics.rowsWritten == 200 })
        #expect(try fixture.reader().totals().requests == 200)
        writer.close()
    }

    /// Two writers on one ledger would tear each other's spill file: the second one is refused.
    @Test func aSecondWriterIsRefused() throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer()
        #expect(throws: LedgerError.inUse(path: fixture.spillPath)) { try fixture.writer() }
        writer.close()
        try fixture.writer().close()
    }

    /// A path that cannot be a ledger says so at the start.
    @Test func whatIsNoLedgerIsRefused() throws {
        let fixture = try LedgerFixture()
        try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: fixture.path))
        #expect(throws: LedgerError.self) { try fixture.writer() }
        #expect(throws: LedgerError.self) { try LedgerReader(path: fixture.directory + "/absent") }
        try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: fixture.spillPath))
        #expect(throws: LedgerError.cannotOpenSpill(path: fixture.spillPath, reason: "not a spill file")) {
            try fixture.writer()
        }
    }

    /// An entry too long for the free space of any page, so that a database at its limit refuses it.
    private func bulkyEntry(at unixMilliseconds: Int64, using generator: inout SeededGenerator) -> LedgerEntry {
        let entry = randomEntry(at: unixMilliseconds, using: &generator)
        var request = entry.request
        request.features = Array("\"".utf8) + Array(repeating: 0x41, count: 20_000) + Array("\"".utf8)
        return LedgerEntry(request: request, attempts: entry.attempts)
    }

    private func size(of path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}
