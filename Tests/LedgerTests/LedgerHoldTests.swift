import Domain
import Foundation
import GRDB
import Synchronization
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

    /// One that somebody waits for goes with the next commit, and so do those that wait for the tick.
    @Test func anUrgentHoldDoesNotWaitForTheTick() {
        var holds = OpenHolds()
        holds.open(hold(1))
        holds.open(hold(2), isUrgent: true)
        #expect(Set(holds.take(isTick: false).written) == [hold(1), hold(2)])
        holds.open(hold(3))
        #expect(holds.take(isTick: false).written.isEmpty, "what was urgent is done")
    }

    /// A commit whose answer was lost may have worked: what it wrote has to be deleted when its request ends.
    @Test func whatACommitMayHaveWrittenIsDeleted() {
        var journal = HoldJournal()
        journal.take(written: [hold(1), hold(2)], deleted: [])
        journal.begin()
        journal.take(written: [], deleted: [hold(1).id])
        #expect(journal.undeleted == [hold(1).id] && Array(journal.unwritten.values) == [hold(2)])
        journal.settle()
        #expect(journal.isSettled && journal.written == [hold(2).id])
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

    /// Who waits for a hold finds it in the journal, without a tick.
    @Test(arguments: StoreKind.available)
    func aHoldThatIsWaitedForIsInTheJournal(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer { $0.tickMilliseconds = 60_000 }
        await writer.holdDurably(hold(7))
        #expect(try journal(fixture) == [hold(7)])
        await writer.holdDurably(hold(7, cost: 2))
        #expect(try journal(fixture) == [hold(7, cost: 2)])
        writer.record(LedgerEntry(request: row(7), attempts: []))
        await writer.flush()
        #expect(try journal(fixture).isEmpty)
        writer.close()
        await writer.holdDurably(hold(8))
    }

    /// While the database takes nothing a hold is in the spill file, from where the next process books it, once.
    @Test(arguments: StoreKind.available)
    func aSpilledHoldIsBookedByTheNextProcess(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let first = try fixture.writer()
        try await fixture.whileRefused {
            await first.holdDurably(hold(7, cost: 5))
            await first.holdDurably(hold(8))
            await first.recordDurably(LedgerEntry(request: row(8), attempts: []))
            #expect(first.metrics.rowsSpilled == 3)
            first.close()
        }
        #expect(try journal(fixture).isEmpty)
        let second = try fixture.writer { $0.replayRowsMax = 1 }
        #expect(try await second.recoverHolds().map(\.request.cost) == [Money(nanodollars: 5)])
        #expect(try journal(fixture).isEmpty)
        #expect(try fixture.reader().request(id: hold(8).id)?.request.outcome == .completed)
        #expect(second.metrics.rowsWritten == 1 && second.metrics.rowsRejected == 0, "a hold is no row")
        #expect(fixture.events.withLock { $0.last } == .recovered(rows: 1))
        second.close()
    }

    /// A request that outlives the outage ends in the database while its hold still waits to be replayed.
    @Test(arguments: StoreKind.available)
    func aReplayedHoldStaysOnlyWhileItsRequestIsOpen(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer {
            $0.retryMilliseconds = 1500
            $0.replayRowsMax = 1
        }
        try await fixture.whileRefused {
            for number in 1...20 as ClosedRange<UInt64> { await writer.holdDurably(hold(number, cost: 3)) }
            #expect(writer.metrics.rowsSpilled == 20)
        }
        for number in 1...19 as ClosedRange<UInt64> {
            await writer.recordDurably(LedgerEntry(request: row(number), attempts: []))
        }
        #expect(try await fixture.waits { writer.metrics.rowsSpilled == 0 })
        #expect(try journal(fixture) == [hold(20, cost: 3)])
        #expect(try await writer.recoverHolds().isEmpty, "it is this process's own")
        writer.record(LedgerEntry(request: row(20), attempts: []))
        await writer.flush()
        #expect(try journal(fixture).isEmpty)
        writer.close()
    }

    /// Which of a spilled hold and the table's is the later is not known, and the larger one is safe.
    @Test(arguments: StoreKind.available)
    func theLargerOfTwoHoldsIsKept(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        for tokens in [500, 700] as [Int64] {
            let number = UInt64(tokens)
            await writer.holdDurably(hold(number))
            try await fixture.whileRefused { await writer.holdDurably(hold(number, tokens: 2 * tokens - 200)) }
            #expect(try await fixture.waits { writer.metrics.rowsSpilled == 0 })
            let held = try journal(fixture).first { $0.id == hold(number).id }
            #expect(held?.charge.tokens == max(1000, 2 * tokens - 200))
        }
        writer.close()
    }

    /// A row that waited in the spill file is the truth; the estimate must not take its place.
    @Test func aSpilledRowComesBeforeItsHold() async throws {
        let fixture = try LedgerFixture()
        let first = try fixture.writer()
        first.holdOpened(hold(7))
        #expect(try await fixture.waits { (try? journal(fixture).count) == 1 })
        let row = RequestRow(id: hold(7).id, tenant: .anonymous, endpoint: "chat")
        try await fixture.whileRefused {
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

    private func journal(_ fixture: LedgerFixture) throws -> [HoldRow] {
        try fixture.reader().read { database in
            try database.rows("SELECT \(HoldRow.columns.joined(separator: ", ")) FROM hold", []) { HoldRow(from: &$0) }
        }
    }

    private func row(_ number: UInt64) -> RequestRow {
        RequestRow(id: hold(number).id, tenant: .anonymous, endpoint: "chat")
    }

    private func hold(_ number: UInt64, cost: Int64 = 1, tokens: Int64 = 1000) -> HoldRow {
        let payer = Payer(
            organisation: TenantID(rawValue: "shop"),
            team: TeamID(rawValue: "web"),
            key: KeyID(rawValue: "k")
        )
        var charge = Charge(cost: Money(nanodollars: cost), tokens: tokens)
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
