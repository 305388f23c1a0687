import Domain
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct LedgerHoldTests {
    // MARK: On the way

    @Test func aHoldThatIsClosedBeforeTheTickIsNeverHandedOver() {
        var holds = OpenHolds()
        holds.open(hold(1))
        #expect(holds.take(isTick: false).written.isEmpty, "a commit that is no tick takes none")
        holds.close(hold(1).id)
        #expect(!holds.awaitTick)
        let (written, deleted) = holds.take(isTick: true)
        #expect(written.isEmpty && deleted.isEmpty)
    }

    @Test func aHoldThatIsOpenAtATickIsHandedOverOnceAndTakenBack() {
        var holds = OpenHolds()
        holds.open(hold(1))
        #expect(holds.take(isTick: true).written == [hold(1)])
        #expect(!holds.awaitTick && holds.take(isTick: true).written.isEmpty)
        holds.open(hold(1, cost: 2))
        #expect(holds.take(isTick: true).written == [hold(1, cost: 2)])
        holds.close(hold(1).id)
        #expect(holds.awaitTick)
        #expect(holds.take(isTick: false).deleted == [hold(1).id])
    }

    /// However holds come, change and go, the journal ends up with those that are open, and with no other.
    @Test(arguments: 0..<50)
    func theJournalFollows(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var holds = OpenHolds()
        var ids = Array(0..<12 as Range<UInt64>)
        var open: [UInt64: HoldRow] = [:]
        var table: [RequestID: HoldRow] = [:]
        func take(_ isTick: Bool) {
            let (written, deleted) = holds.take(isTick: isTick)
            for hold in written { table[hold.id] = hold }
            for id in deleted { table[id] = nil }
        }
        for _ in 0..<400 {
            // What is closed never opens again: each place has a new id then.
            let place = Int.random(in: 0..<ids.count, using: &generator)
            let number = ids[place]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                open[number] = hold(number, cost: .random(in: 0..<100, using: &generator))
                if let hold = open[number] { holds.open(hold) }
            case 2:
                open[number] = nil
                holds.close(hold(number).id)
                ids[place] += UInt64(ids.count)
            default: take(Bool.random(using: &generator))
            }
            #expect(table.keys.allSatisfy { id in open.values.contains { $0.id == id } || holds.awaitTick })
        }
        while holds.awaitTick { take(true) }
        #expect(Set(table.values) == Set(open.values))
    }

    // MARK: The journal

    @Test(arguments: StoreKind.available)
    func aLongRequestIsInTheJournalUntilItsRowIsWritten(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 3)
        let entry = randomEntry(at: noon, using: &generator)
        writer.holdOpened(HoldRow(id: entry.request.id, payer: .anonymous, endpoint: "chat", charge: .zero))
        #expect(try await fixture.waits { (try? journal(fixture).count) == 1 })
        writer.record(entry)
        await writer.flush()
        #expect(try journal(fixture).isEmpty)
        #expect(try fixture.reader().request(id: entry.request.id) == entry)
        writer.close()
    }

    @Test(arguments: StoreKind.available)
    func whatAProcessLeavesIsBookedByTheNextOnce(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let first = try fixture.writer()
        first.holdOpened(hold(7, cost: 123_456))
        first.close()
        #expect(try journal(fixture) == [hold(7, cost: 123_456)])

        let second = try fixture.writer()
        let entries = try await second.recoverHolds()
        #expect(entries.map(\.request.outcome) == [.crashed])
        #expect(try await second.recoverHolds().isEmpty)
        #expect(try journal(fixture).isEmpty)
        let found = try #require(try fixture.reader().request(id: hold(7).id))
        #expect(found == entries.first)
        #expect(found.request.cost == Money(nanodollars: 123_456))
        #expect(found.request.team == TeamID(rawValue: "web") && found.request.keyID == "k")
        #expect(found.request.usage == TokenUsage(input: 300, output: 700, source: .held))
        #expect(found.attempts.map(\.cost) == [found.request.cost])
        #expect(found.request.energyJoules == 1.5 && found.request.carbon == Carbon(micrograms: 9))
        second.close()
    }

    /// A row that waited in the spill file is the truth; the estimate must not take its place.
    @Test func aSpilledRowComesBeforeItsHold() async throws {
        let fixture = try LedgerFixture()
        let first = try fixture.writer()
        first.holdOpened(hold(7))
        #expect(try await fixture.waits { (try? journal(fixture).count) == 1 })
        let row = RequestRow(id: hold(7).id, tenant: .anonymous, endpoint: "chat")
        try whileLocked(fixture) {
            first.record(LedgerEntry(request: row, attempts: []))
            first.close()
        }
        #expect(try journal(fixture).count == 1)

        let second = try fixture.writer()
        #expect(try await second.recoverHolds().isEmpty)
        #expect(try journal(fixture).isEmpty)
        #expect(try fixture.reader().request(id: row.id)?.request.outcome == .completed)
        second.close()
    }

    /// Runs `body` while another connection holds the database's lock.
    private func whileLocked(_ fixture: LedgerFixture, _ body: () -> Void) throws {
        let lock = try DatabaseQueue(path: fixture.path)
        try lock.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN EXCLUSIVE")
            body()
            try database.execute(sql: "ROLLBACK")
        }
        try lock.close()
    }

    private func journal(_ fixture: LedgerFixture) throws -> [HoldRow] {
        try fixture.reader().read { database in
            try database.rows("SELECT \(HoldRow.columns.joined(separator: ", ")) FROM hold", []) { HoldRow(from: &$0) }
        }
    }

    private func hold(_ number: UInt64, cost: Int64 = 1) -> HoldRow {
        let payer = Payer(
            organisation: TenantID(rawValue: "shop"),
            team: TeamID(rawValue: "web"),
            key: KeyID(rawValue: "k")
        )
        var charge = Charge(cost: Money(nanodollars: cost), tokens: 1000)
        charge.energy = Energy(microjoules: 1_500_000)
        charge.carbon = Carbon(micrograms: 9)
        var hold = HoldRow(
            id: RequestID(high: UInt64(noon) << 16 | 0x7000, low: number),
            payer: payer,
            endpoint: "chat",
            charge: charge
        )
        hold.model = ModelID("small")
        hold.inputTokens = 300
        return hold
    }
}
