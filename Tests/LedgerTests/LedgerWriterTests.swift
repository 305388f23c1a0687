import Domain
import Foundation
import Ledger
import Testing

@Suite struct LedgerWriterTests {
    /// What is read back is what was recorded, column by column, attempts included.
    @Test(arguments: 0..<20, StoreKind.available)
    func everyColumnComesBack(seed: UInt64, kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: seed)
        let entries = (0..<20).map { randomEntry(at: noon + $0, using: &generator) }
        let writer = try fixture.writer()
        for entry in entries { writer.record(entry) }
        await writer.flush()

        let reader = try fixture.reader()
        for entry in entries { #expect(try reader.request(id: entry.request.id) == entry) }
        #expect(try reader.requests(limit: 100, before: nil) == entries.reversed().map(\.request))
        #expect(try reader.request(id: RequestID(high: 1, low: 2)) == nil)
        writer.close()
    }

    /// 200,000 rows add up to the last nanodollar and token.
    @Test(arguments: StoreKind.available)
    func manyRowsAddUpExactly(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: 7)
        let writer = try fixture.writer { $0.queueRowsMax = 300_000 }
        var cost: Int64 = 0
        var tokens = 0
        for index in 0..<200_000 {
            var row = RequestRow(
                id: RequestID(unixMilliseconds: noon + Int64(index / 50), using: &generator),
                tenant: .anonymous,
                endpoint: "chat"
            )
            row.cost = Money(nanodollars: .random(in: 0...9_000_000_000_000, using: &generator))
            row.usage.input = .random(in: 0...1_000_000, using: &generator)
            cost += row.cost.nanodollars
            tokens += row.usage.input
            writer.record(LedgerEntry(request: row, attempts: []))
        }
        await writer.flush()
        let totals = try fixture.reader().totals()
        #expect(totals.requests == 200_000)
        #expect(totals.cost.nanodollars == cost)
        #expect(totals.usage.input == tokens)
        #expect(writer.metrics.rowsWritten == 200_000)
        #expect(writer.metrics.rowsQueued == 0 && writer.metrics.rowsDropped == 0)
        writer.close()
    }

    /// Costs beyond 64 bits are held at the range's end; a report never fails for them.
    @Test(arguments: StoreKind.available)
    func costsBeyondTheRangeAreHeldAtItsEnd(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: 1)
        let writer = try fixture.writer()
        for _ in 0..<3 {
            var entry = randomEntry(at: noon, using: &generator).request
            entry.cost = .max
            entry.usage.input = .max
            writer.record(LedgerEntry(request: entry, attempts: []))
        }
        await writer.flush()
        let totals = try fixture.reader().totals()
        #expect(totals.cost == .max)
        #expect(totals.usage.input == 3 << 50)
        writer.close()
    }

    /// Rows recorded from eight threads at once all arrive, and every waiter is called once.
    @Test(arguments: StoreKind.available)
    func threadsDoNotLoseRows(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        let acknowledged = Counter()
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    var generator = SeededGenerator(seed: UInt64(thread))
                    for index in 0..<1000 {
                        let entry = randomEntry(at: noon + Int64(index), using: &generator)
                        if index % 10 == 0 {
                            writer.recordDurably(entry) { acknowledged.increment() }
                        } else {
                            writer.record(entry)
                        }
                    }
                }
            }
        }
        writer.close()
        #expect(acknowledged.value == 800)
        #expect(try fixture.reader().totals().requests == 8000)
    }

    /// A durable row can be read at the moment its waiter is called.
    @Test(arguments: StoreKind.available)
    func aDurableRowIsThereWhenItsWaiterIsCalled(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer { $0.tickMilliseconds = 60_000 }
        var generator = SeededGenerator(seed: 3)
        let reader = try fixture.reader()
        for index in 0..<50 {
            let entry = randomEntry(at: noon + Int64(index), using: &generator)
            await writer.recordDurably(entry)
            #expect(try reader.request(id: entry.request.id) == entry)
        }
        writer.close()
    }

    /// Closing writes what waits; what is recorded later is counted as lost, and its waiter is still called.
    @Test(arguments: StoreKind.available)
    func closeWritesWhatWaits(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer { $0.tickMilliseconds = 60_000 }
        var generator = SeededGenerator(seed: 3)
        for index in 0..<100 { writer.record(randomEntry(at: noon + Int64(index), using: &generator)) }
        writer.close()
        writer.close()
        #expect(try fixture.reader().totals().requests == 100)
        await writer.recordDurably(randomEntry(at: noon, using: &generator))
        #expect(writer.metrics.rowsDropped == 1)
    }

    /// Texts are values, never SQL or C strings: quotes, NULs and odd bytes come back as they were.
    @Test(
        arguments: ["'; DROP TABLE request; --", "a\0b", "\"", "\u{202e}", "100%_", "{\"a\":\"'\"}"],
        StoreKind.available
    )
    func textIsStoredVerbatim(text: String, kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 3)
        var row = randomEntry(at: noon, using: &generator).request
        row.keyID = text
        row.requestedModel = text
        row.tags = Array(text.utf8)
        var attempt = AttemptRow(model: ModelID(text), outcome: .cut)
        attempt.errorText = text
        let entry = LedgerEntry(request: row, attempts: [attempt])
        await writer.recordDurably(entry)
        let found = try fixture.reader().request(id: row.id)
        // The one character that PostgreSQL's texts cannot hold.
        if kind == .postgreSQL, text.contains("\0") {
            #expect(found?.request.requestedModel == "a\u{fffd}b" && found?.attempts.count == 1)
        } else {
            #expect(found == entry)
        }
        #expect(try fixture.reader().report(by: [.tag, .key], in: ReportScope()).count >= 1)
        writer.close()
    }

    /// Values that no column should ever hold cost no row.
    @Test(arguments: StoreKind.available)
    func absurdFiguresDoNotRefuseARow(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 3)
        var row = RequestRow(id: RequestID(unixMilliseconds: noon, using: &generator), tenant: .anonymous, endpoint: "")
        row.energyJoules = .nan
        row.propensity = .infinity
        row.usage = TokenUsage(input: -5, output: .max)
        row.status = .min
        row.cost = Money(nanodollars: .min)
        row.durationMicroseconds = .min
        var attempt = AttemptRow(model: ModelID(""), outcome: .cut)
        attempt.errorText = String(repeating: "é", count: 1000)
        await writer.recordDurably(LedgerEntry(request: row, attempts: [attempt]))
        #expect(writer.metrics.rowsRejected == 0)
        let entry = try #require(try fixture.reader().request(id: row.id))
        #expect(entry.request.usage.input == 0)
        #expect(entry.attempts.first?.errorText?.utf8.count == AttemptRow.errorTextBytesMax)
        writer.close()
    }

    /// Every outcome that the code knows is one that the ledger keeps.
    @Test(arguments: Outcome.allCases, StoreKind.available)
    func everyOutcomeIsKept(outcome: Outcome, kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 3)
        var row = randomEntry(at: noon, using: &generator).request
        row.outcome = outcome
        await writer.recordDurably(LedgerEntry(request: row, attempts: []))
        let report = try fixture.reader().report(by: [.outcome], in: ReportScope())
        #expect(report.map(\.group) == [[outcome.rawValue]])
        #expect(report.first?.successes == (outcome.isSuccess ? 1 : 0))
        writer.close()
    }

    /// Pruning deletes what is older, attempts too, and nothing else, in batches of any size.
    @Test(arguments: [1, 7, 1000])
    func pruningDeletesWhatIsOlder(rowsPerTransaction: Int) async throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 3)
        let entries = (0..<100).map { randomEntry(at: noon + Int64($0), using: &generator) }
        for entry in entries.shuffled(using: &generator) { writer.record(entry) }
        await writer.flush()
        #expect(try await writer.prune(before: noon + 40, rowsPerTransaction: rowsPerTransaction) == 40)
        let reader = try fixture.reader()
        #expect(try reader.totals().requests == 60)
        for entry in entries[40...] { #expect(try reader.request(id: entry.request.id) == entry) }
        #expect(try await writer.prune(before: noon, rowsPerTransaction: rowsPerTransaction) == 0)
        writer.close()
    }
}
