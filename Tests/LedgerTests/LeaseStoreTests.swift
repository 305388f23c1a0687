import Domain
import PostgreSQL
import Testing

@testable import Ledger

/// The table of leases, by replicas that are writers of their own on one database.
@Suite(.enabled(if: StoreKind.available.contains(.postgreSQL), "needs PostgreSQL"))
struct LeaseStoreTests {
    /// A process with its writer and its store of leases.
    private struct Process {
        let writer: LedgerWriter
        let store: LeaseStore

        init(_ fixture: LedgerFixture, _ name: String, term: Duration = .seconds(60)) throws {
            let writer = try fixture.writer { $0.spillPath = fixture.directory + "/" + name }
            store = try #require(
                try LeaseStore(at: fixture.location, of: writer, term: term, doubt: .seconds(8))
            )
            self.writer = writer
        }

        var id: Int64 { writer.replica?.id ?? 0 }

        /// Renews with a line of `ceiling` and `used` under each key, and settles what is to be settled; what it saw.
        @discardableResult
        func renew(
            _ keys: [LeaseKey] = [key],
            ceiling: Int64 = 10,
            used: Int64 = 0
        ) throws -> (LeaseView?, LeaseRenewal) {
            var settled: LeaseSettlement?
            while true {
                var seen: LeaseView?
                let renewal = try store.exchange(keys, settled: settled) { view in
                    seen = view
                    return keys.map { line($0.key, id, ceiling: ceiling, used: used) }
                }
                guard !renewal.arrears.isEmpty, settled == nil else { return (seen, renewal) }
                settled = try store.settlement(of: renewal.arrears, keys) { key, sums, replica in
                    sums.map { line(key, replica, ceiling: $0.charge.tokens, used: $0.charge.tokens) }
                }
            }
        }
    }

    private static let key = LeaseKey(
        key: "b\n\"{all}\" \\ ,",
        query: SpendQuery(scope: .everyone, started: 0..<Int64.max / 2),
        oldestCell: 0
    )

    private func entry(_ tokens: Int64, seed: UInt64) -> LedgerEntry {
        var generator = SeededGenerator(seed: seed)
        var entry = randomEntry(at: noon, using: &generator)
        var request = entry.request
        request.usage = TokenUsage(input: Int(tokens), output: 0)
        entry = LedgerEntry(request: request, attempts: [])
        return entry
    }

    /// Replicas see each other's lines, not their own; a line that was replaced is gone.
    @Test func replicasSeeEachOthersLines() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let (one, two) = (try Process(fixture, "one"), try Process(fixture, "two"))
        try one.renew(ceiling: 70, used: 7)
        let (seen, renewal) = try two.renew(ceiling: 30)
        #expect(seen?.others == [Self.key.key: [line(Self.key.key, one.id, ceiling: 70, used: 7)]])
        #expect(renewal.replicas == 2 && renewal.arrears.isEmpty)
        try two.renew(ceiling: 20, used: 5)
        let (again, _) = try one.renew()
        #expect(again?.others[Self.key.key] == [line(Self.key.key, two.id, ceiling: 20, used: 5)])
    }

    /// Until somebody has counted what was taken before a key came, nothing of it is leased.
    @Test func whatWasTakenBeforeIsCountedOnce() async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let old = try fixture.writer { $0.spillPath = fixture.directory + "/old" }
        await old.recordDurably(entry(100, seed: 1))
        old.close()
        let (one, two) = (try Process(fixture, "one"), try Process(fixture, "two"))
        await one.writer.recordDurably(entry(20, seed: 2))
        let first = try one.store.exchange([Self.key], settled: nil) { _ in [line(Self.key.key, one.id, ceiling: 50)] }
        #expect(first.arrears.newKeys == [Self.key.key])
        #expect(
            try one.store.exchange([Self.key], settled: nil) { $0.others.isEmpty ? [] : [] }.arrears == first.arrears
        )
        try one.renew()
        let (seen, _) = try two.renew()
        // Not the row of one that is alive, which counts it itself.
        let before = seen?.others[Self.key.key]?.filter { $0.replica == LeaseRecord.nobody }
        #expect(before?.map(\.used) == [100])
        #expect(seen?.others[Self.key.key]?.count == 2)
    }

    /// Leases 1000 to `process`, of which it has used 30, and then 40 in a row and 25 in a hold that is still open.
    private func spend(by process: Process, in fixture: LedgerFixture) async throws {
        try process.renew(ceiling: 1000, used: 30)
        await process.writer.recordDurably(entry(40, seed: 1))
        process.writer.holdOpened(hold(of: 25))
        #expect(
            try await fixture.waits {
                (try? fixture.reader().read { try $0.integer("SELECT count(*) FROM hold") }) == 1
            }
        )
    }

    /// One whose lease has ended keeps what its rows and its open holds come to; then its lease can come again.
    @Test func oneThatIsGoneIsSettledFromItsRows() async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let one = try Process(fixture, "one", term: .seconds(4))
        let two = try Process(fixture, "two")
        try await spend(by: one, in: fixture)
        let (early, _) = try two.renew()
        #expect(early?.others[Self.key.key]?.map(\.ceiling) == [1000])
        try await Task.sleep(for: .seconds(4))
        let (late, renewal) = try two.renew()
        #expect(late?.others[Self.key.key]?.map(\.ceiling) == [65] && renewal.replicas == 1)
        // It was only asleep.
        let (awake, _) = try one.renew(ceiling: 65, used: 65)
        #expect(awake?.wasOver == true)
        let (after, census) = try two.renew()
        #expect(after?.others[Self.key.key] == [line(Self.key.key, one.id, ceiling: 65, used: 65)])
        #expect(census.replicas == 2)
    }

    /// A process that takes another one's place has it settled at once, with what that one held.
    @Test func aSuccessorSettlesTheOneBefore() async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let two = try Process(fixture, "two")
        let dead: Int64
        do {
            let one = try Process(fixture, "one")
            try await spend(by: one, in: fixture)
            dead = one.id
            one.writer.close()
        }
        #expect(try await two.writer.recoverHolds().isEmpty, "others' holds are theirs")
        let next = try Process(fixture, "one")
        #expect(try await next.writer.recoverHolds().count == 1)
        try next.store.begin()
        let (seen, _) = try next.renew()
        #expect(seen?.others[Self.key.key]?.first { $0.replica == dead }?.ceiling == 65)
        #expect(next.id != dead)
    }

    /// A name that is taken is refused: two processes that settle each other would both spend.
    @Test func aNameIsTakenOnce() throws {
        let fixture = try LedgerFixture(.postgreSQL)
        guard case .postgreSQL(let address) = fixture.location else { return }
        let first = try PostgreSQLLedger(address, name: "host:/spill")
        #expect(throws: LedgerError.inUse(path: address.url)) { try PostgreSQLLedger(address, name: "host:/spill") }
        first.close()
        _ = try PostgreSQLLedger(address, name: "host:/spill")
    }

    /// After a restart of the database a replica's rows may still wait in its spill file: it keeps what it has.
    @Test func aRestartOfTheDatabaseSettlesNobody() async throws {
        let server = try PostgreSQLServer()
        let fixture = try LedgerFixture(.postgreSQL, on: server)
        let one = try Process(fixture, "one", term: .milliseconds(300))
        let two = try Process(fixture, "two")
        try one.renew(ceiling: 1000)
        try two.renew()
        try server.command("stop")
        #expect(throws: LedgerError.self) { try two.renew() }
        try await Task.sleep(for: .milliseconds(300))
        try server.command("start")
        let (seen, _) = try two.renew()
        #expect(seen?.others[Self.key.key]?.map(\.ceiling) == [1000])
        // As it has not spilled anything for so long, nobody waits any more.
        try await Task.sleep(for: .seconds(8))
        let (late, _) = try two.renew()
        #expect(late?.others[Self.key.key]?.isEmpty != false)
    }

    /// Of one whose rows wait in its spill file nobody knows what it took, whether it ended or died.
    @Test(arguments: [true, false])
    func oneThatSpillsIsNotSettledBeforeItsSuccessor(ends: Bool) async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        guard case .postgreSQL(let address) = fixture.location else { return }
        let two = try Process(fixture, "two")
        do {
            let one = try Process(fixture, "one", term: .seconds(1))
            try one.renew()
            let session = try PostgreSQLConnection(to: address)
            try session.run("ALTER TABLE request RENAME TO request_away")
            await one.writer.recordDurably(entry(40, seed: 1))
            #expect(one.writer.metrics.rowsSpilled == 1)
            _ = try one.store.exchange([Self.key], settled: nil) { _ in [line(Self.key.key, one.id, ceiling: 1000)] }
            one.writer.close()
            if ends { try one.store.end() }
            try session.run("ALTER TABLE request_away RENAME TO request")
        }
        try await Task.sleep(for: .seconds(1))
        let (seen, _) = try two.renew()
        #expect(seen?.others[Self.key.key]?.map(\.ceiling) == [1000])
        let next = try Process(fixture, "one")
        #expect(try await next.writer.recoverHolds().isEmpty)
        try next.store.begin()
        // What was spilled is its successor's now, which has no lease yet.
        let (settled, _) = try two.renew()
        #expect(settled?.others[Self.key.key] == [line(Self.key.key, next.id, ceiling: 40, used: 40)])
        next.writer.close()
    }

    /// One replica plans, and when it ends another one does.
    ///
    /// A change through any is seen by all.
    @Test func oneReplicaPlans() async throws {
        let fixture = try LedgerFixture(.postgreSQL)
        let (one, two) = (try Process(fixture, "one"), try Process(fixture, "two"))
        #expect(try one.renew().1.isLeader)
        #expect(try one.renew().1.isLeader)
        let before = try two.renew().1
        #expect(!before.isLeader)
        try await fixture.control().note("x", of: .model, named: "m", before: nil, after: nil, by: "ann", at: 1)
        #expect(try two.renew().1.controlVersion > before.controlVersion)
        try one.store.end()
        #expect(try two.renew().1.isLeader)
    }

    private func hold(of tokens: Int64) -> HoldRow {
        var generator = SeededGenerator(seed: 9)
        let id = RequestID(unixMilliseconds: noon, using: &generator)
        return HoldRow(id: id, payer: .anonymous, endpoint: "chat", charge: Charge(tokens: tokens))
    }
}

private func line(_ key: String, _ replica: Int64, ceiling: Int64, used: Int64 = 0) -> LeaseRecord {
    LeaseRecord(key: key, replica: replica, cell: 0, ceiling: ceiling, used: used, held: 0, asked: 0)
}
