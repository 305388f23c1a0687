import Foundation
import GRDB
@testable import Ledger
import Testing

@Suite struct LedgerSchemaTests {
    /// The migrations as they were merged: CRC-32 and length of each.
    ///
    /// A migration that has landed is in somebody's database: never edit one, add the next. The file's whole text counts.
    private static let merged: [String: (crc32: UInt32, count: Int)] = [
        "0001_ledger": (0xb51e_0371, 2500),
        "0002_savings": (0xbb2f_531e, 506),
        "0004_footprint": (0x884e_29de, 1350),
        "0005_control": (0x8b8b_762a, 3441),
        "0006_metering": (0xe5bb_fa0a, 637),
        "0007_models": (0xaaab_c60c, 222),
        "0008_administration": (0xb33c_81b1, 1043),
        "0009_evidence": (0xdf27_7d0e, 502),
        "0010_plan": (0x76e4_83a5, 1801),
        "0001_shared_ledger": (0xb3f8_3259, 12_318),
        "0011_configuration_versions": (0x37c0_a5ce, 330),
        "0002_configuration_versions": (0x2166_0e63, 376),
        "0003_lease": (0x18b2_2c7d, 1526),
        "0004_spilling_replica": (0x9b76_fcf8, 196),
    ]

    /// No merged migration was edited, dropped, or left out of the list.
    @Test func migrationsAreNeverEdited() {
        let migrations = LedgerSchema.migrations + LedgerSchema.sharedMigrations
        #expect(Set(migrations.map(\.name)) == Set(Self.merged.keys))
        for (name, sql) in migrations {
            #expect(Checksum.crc32(sql) == Self.merged[name]?.crc32, "\(name) was edited: add a new migration instead")
            #expect(sql.count == Self.merged[name]?.count)
        }
    }

    /// A ledger that a newer version migrated is refused with the names of what is unknown, and left alone.
    @Test func aLedgerFromTheFutureIsRefused() async throws {
        let fixture = try LedgerFixture()
        try fixture.writer().close()
        let database = try DatabaseQueue(path: fixture.path)
        try await database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9999_future')") }
        #expect(throws: LedgerError.fromTheFuture(path: fixture.path, migrations: ["9999_future"])) {
            try fixture.writer()
        }
    }

    /// The columns that rows write are the tables' columns, in their order.
    @Test func rowsWriteTheTablesColumns() async throws {
        let fixture = try LedgerFixture()
        try fixture.writer().close()
        let database = try DatabaseQueue(path: fixture.path)
        let (request, attempt) = try await database.read { database in
            (try database.columns(in: "request").map(\.name), try database.columns(in: "attempt").map(\.name))
        }
        #expect(request == ["number"] + RequestRow.columns)
        #expect(attempt == ["request_number"] + AttemptRow.columns)
    }

    /// The hot table has the index that keeps its ids unique, and no other: each one costs more than the insert.
    @Test func theHotTableHasOneIndex() async throws {
        let fixture = try LedgerFixture()
        try fixture.writer().close()
        let database = try DatabaseQueue(path: fixture.path)
        let indexes = try await database.read { try $0.indexes(on: "request") }
        #expect(indexes.map(\.columns) == [["id"]])
    }

    /// The check value of CRC-32, from the catalogue of parametrised CRC algorithms.
    @Test func checksumIsCRC32() {
        #expect(Checksum.crc32("123456789".utf8) == 0xcbf4_3926)
    }
}
