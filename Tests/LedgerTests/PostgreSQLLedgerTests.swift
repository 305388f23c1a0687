import Domain
import Foundation
import PostgreSQL
import Synchronization
import Testing

@testable import Ledger

/// What is PostgreSQL's alone: partitions, batches that are refused, a server that goes away.
@Suite(.enabled(if: StoreKind.available.contains(.postgreSQL), "needs PostgreSQL"))
struct PostgreSQLLedgerTests {
    private let day: Int64 = 86_400_000

    private func entries(_ count: Int, from start: Int64 = noon, seed: UInt64 = 1) -> [LedgerEntry] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { randomEntry(at: start + Int64($0), using: &generator) }
    }

    private func connect(_ fixture: LedgerFixture) throws -> PostgreSQLConnection {
        guard case .postgreSQL(let address) = fixture.location else { throw CocoaError(.featureUnsupported) }
        return try PostgreSQLConnection(to: address)
    }

    /// A commit whose answer was lost is tried again: each row and each attempt is there once, and new ones come in.
    @Test func aBatchThatIsThereAlreadyIsWrittenOnce() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let database = try fixture.location.database(LedgerSettings())
        let all = entries(40)
        #expect(try database.write([Array(all[..<20])], durably: true).rowCount == 20)
        #expect(try database.write([all], durably: false).reasons.isEmpty)
        #expect(try database.replay(all.map(SpillEncoder.payload)).reasons.isEmpty)
        for entry in all { #expect(try fixture.reader().request(id: entry.request.id) == entry) }
        let count = try fixture.reader().read { try $0.integer("SELECT count(*) FROM attempt") }
        #expect(count == Int64(all.reduce(0) { $0 + $1.attempts.count }))
    }

    /// A row that the database refuses for what it holds costs only itself, and is told.
    @Test func aRefusedRowCostsOnlyItself() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let database = try fixture.location.database(LedgerSettings())
        try connect(fixture).run("ALTER TABLE request ADD CONSTRAINT odd CHECK (endpoint <> 'odd')")
        var all = entries(10)
        var odd = all[4].request
        odd.endpoint = "odd"
        all[4] = LedgerEntry(request: odd, attempts: all[4].attempts)
        let rejections = try database.write([all], durably: true)
        #expect(rejections.rowCount == 10 && rejections.reasons.count == 1)
        #expect(rejections.reasons.first?.contains("odd") == true)
        #expect(try fixture.reader().totals().requests == 9)
        // A payload that is none is told as well.
        #expect(try database.replay([[9, 9]]).reasons == [Rejections.unreadable])
    }

    /// Rows that an older version spilled lack the last columns, which get their defaults.
    @Test func spilledRowsOfAnOlderVersionAreRead() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let database = try fixture.location.database(LedgerSettings())
        let entry = LedgerEntry(request: entries(1)[0].request, attempts: [])
        var payload = SpillEncoder.payload(of: entry)
        let missing = 2
        var sink = ValueSink()
        entry.request.write(to: &sink)
        // The last two columns are texts or NULL: drop their bytes, and the count of attempts behind them.
        let bytes = sink.values.suffix(missing).reduce(0) { sum, value in
            if case .text(let text) = value { sum + 5 + text.utf8.count } else { sum + 1 }
        }
        payload = [payload[0] - UInt8(missing)] + payload[1..<payload.count - bytes - 2] + [0, 0]
        #expect(try database.replay([payload]).reasons.isEmpty)
        let found = try #require(try fixture.reader().request(id: entry.request.id))
        #expect(found.request.planGroup == nil && found.request.planTier == nil)
        #expect(found.request.cost == entry.request.cost)
    }

    /// Days are partitions: whole ones are dropped with all that belongs to them, and come again for a late row.
    @Test func daysAreDroppedWhole() async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let writer = try fixture.writer()
        let days = (0..<4 as Range<Int64>).map { entries(5, from: noon + $0 * day, seed: UInt64($0)) }
        for entry in days.joined() { writer.record(entry) }
        await writer.flush()
        func partitions() throws -> Int64? {
            try fixture.reader().read {
                try $0.integer("SELECT count(*) FROM pg_inherits WHERE inhparent = CAST('request' AS regclass)")
            }
        }
        #expect(try partitions() == 4)
        // Noon of the third day: the first two are over.
        #expect(try await writer.prune(before: noon + 2 * day, rowsPerTransaction: 1) == 10)
        #expect(try partitions() == 2)
        #expect(try fixture.reader().totals().requests == 10)
        #expect(try await writer.prune(before: noon + 2 * day, rowsPerTransaction: 1) == 0)
        writer.record(days[0][0])
        await writer.flush()
        #expect(try fixture.reader().request(id: days[0][0].request.id) == days[0][0])
        writer.close()
    }

    /// A day that another process dropped is made again rather than its row refused.
    @Test func aDayThatWasDroppedElsewhereIsMadeAgain() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let database = try fixture.location.database(LedgerSettings())
        let all = entries(2)
        _ = try database.write([[all[0]]], durably: true)
        _ = try connect(fixture).execute("SELECT drop_days_before($1)", ["\((noon + 2 * day) / day)"])
        #expect(try database.write([[all[1]]], durably: true).reasons.isEmpty)
        #expect(try fixture.reader().request(id: all[1].request.id) == all[1])
    }

    @Test func evidenceGoesByAgeAndCount() async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let writer = try fixture.writer()
        let seen = EvidenceRow(encoder: "e", features: [0, 255, 92], prompt: nil)
        let all = entries(10).map { LedgerEntry(request: $0.request, attempts: [], evidence: seen) }
        for entry in all { writer.record(entry) }
        await writer.flush()
        func kept() throws -> [RequestID] {
            try fixture.reader().read {
                try $0.rows("SELECT request_id FROM evidence ORDER BY 1", []) { $0.requestID() }
            }
        }
        #expect(try await writer.pruneEvidence(before: noon + 3, requestsMax: 100, rowsPerTransaction: 2) == 3)
        #expect(try kept() == all[3...].map(\.request.id))
        #expect(try await writer.pruneEvidence(before: 0, requestsMax: 5, rowsPerTransaction: 2) == 2)
        #expect(try kept() == all[5...].map(\.request.id))
        #expect(try await writer.pruneEvidence(before: 0, requestsMax: 0, rowsPerTransaction: 2) == 5)
        writer.close()
    }

    /// A server that crashes costs no row: they wait in the spill file, and the same writer replays them.
    @Test func aServerThatComesBackGetsEveryRow() async throws {
        let server = try PostgreSQLServer()
        let fixture = try LedgerFixture(.postgreSQL, on: server)
        let writer = try fixture.writer()
        let all = entries(300)
        for entry in all[..<100] { writer.record(entry) }
        await writer.recordDurably(all[100])
        try server.command("stop")
        for entry in all[101..<200] { writer.record(entry) }
        await writer.recordDurably(all[200])
        #expect(writer.metrics.rowsSpilled == 100 && writer.metrics.rowsDropped == 0)
        try server.command("start")
        for entry in all[201...] { writer.record(entry) }
        #expect(try await fixture.waits { writer.metrics.rowsWritten == 300 && writer.metrics.rowsSpilled == 0 })
        for entry in all { #expect(try fixture.reader().request(id: entry.request.id) == entry) }
        writer.close()
        #expect(fixture.events.withLock { $0.last } == .recovered(rows: 100))
    }

    /// Administration and reports find a server that was restarted in between.
    @Test func idleConnectionsAreMadeAnew() async throws {
        let server = try PostgreSQLServer()
        let fixture = try LedgerFixture(.postgreSQL, on: server)
        let (control, reader) = (try fixture.control(), try fixture.reader())
        #expect(try reader.totals().requests == 0)
        try server.command("stop")
        #expect(throws: LedgerError.self) { try reader.totals() }
        await #expect(throws: ControlError.self) { try await control.contents() }
        try server.command("start")
        #expect(try reader.totals().requests == 0)
        #expect(try await control.contents() == .empty)
    }

    @Test func aLedgerFromTheFutureIsRefused() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        try fixture.writer().close()
        try connect(fixture).run("INSERT INTO schema_migration VALUES ('9999_future', now())")
        let expected = LedgerError.fromTheFuture(path: fixture.location.name, migrations: ["9999_future"])
        #expect(throws: expected) { try fixture.writer() }
        #expect(throws: expected) { try fixture.control() }
    }

    @Test func theAuditCannotBeRewritten() async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let control = try fixture.control()
        try await control.note("x", of: .model, named: "m", before: nil, after: nil, by: "ann", at: 1)
        for sql in ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit", "TRUNCATE audit"] {
            #expect(throws: PostgreSQLError.self) { try connect(fixture).run(sql) }
        }
        #expect(try await control.audit(limit: 10, before: nil).map(\.actor) == ["ann"])
    }

    /// The tables have the columns that rows write, and SQLite's tables have.
    @Test func tablesHaveTheColumnsOfRows() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        try fixture.writer().close()
        func columns(_ table: String) throws -> [String] {
            try fixture.reader().read {
                try $0.rows(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position",
                    [.text(table)]
                ) { $0.text() }
            }
        }
        #expect(try columns("request") == ["number"] + RequestRow.columns + ["replica"])
        #expect(try columns("attempt") == ["request_id"] + AttemptRow.columns)
        #expect(try columns("evidence") == ["request_id"] + EvidenceRow.columns)
        #expect(Set(try columns("hold")).isSuperset(of: HoldRow.columns))
    }

    @Test func placesAreNumbered() {
        let dialect = Dialect.postgreSQL
        #expect(dialect.numbered("a = ? AND b = '?' AND c IN (?, ?)") == "a = $1 AND b = '?' AND c IN ($2, $3)")
        #expect(dialect.numbered("a = ?2 OR b = ?1 OR c = ?2") == "a = $2 OR b = $1 OR c = $2")
        #expect(dialect.numbered("LIMIT ?") == "LIMIT $1")
        #expect(Dialect.sqlite.numbered("LIMIT ?") == "LIMIT ?")
    }

    /// A refusal to connect tells what it is about, and no password.
    @Test func aWrongAddressIsToldWithoutThePassword() throws {
        let address = PostgreSQLAddress(url: "postgresql://nobody@127.0.0.1:1/x", password: Secret("hunter2"))
        do {
            _ = try LedgerReader(at: .postgreSQL(address))
            Issue.record("connected to nobody")
        } catch {
            #expect("\(error)".contains("127.0.0.1") && !"\(error)".contains("hunter2"))
        }
    }
}
