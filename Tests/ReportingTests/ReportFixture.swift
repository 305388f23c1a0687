import Domain
import Foundation
import Ledger
@testable import Reporting

/// A ledger of a handful of requests in a directory of its own; gone with the fixture.
final class ReportFixture: Sendable {
    private let directory: String
    private let reader: LedgerReader

    init(_ rows: [RequestRow], feedback: [Feedback] = []) async throws {
        directory = NSTemporaryDirectory() + "switchyard-report-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/ledger.sqlite"
        let writer = try LedgerWriter(path: path, settings: LedgerSettings()) { _ in }
        for row in rows { writer.record(LedgerEntry(request: row, attempts: [])) }
        await writer.flush()
        writer.close()
        let store = try ControlStore(path: path)
        for feedback in feedback { try await store.add(feedback, from: nil) }
        reader = try LedgerReader(path: path)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            // A directory that stays behind harms no other test: its name is random.
        }
    }

    /// The table of `section`, every line as the texts of its cells by their column's names.
    func lines(of section: ReportSection, by groupings: [Grouping] = [.model]) throws -> [[String: String]] {
        let table = try table(of: section, by: groupings)
        return table.lines.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0.map(\.value))) }
    }

    func table(of section: ReportSection, by groupings: [Grouping] = [.model]) throws -> ReportTable {
        try data(by: groupings) { data throws(LedgerError) in try section.table(from: &data, isWide: true) }
    }

    func data<Value>(
        by groupings: [Grouping] = [.model],
        _ body: (inout ReportData) throws(LedgerError) -> Value
    ) throws -> Value {
        try reader.snapshot { snapshot throws(LedgerError) in
            var data = try ReportData(snapshot, by: groupings, in: ReportScope())
            return try body(&data)
        }
    }
}

/// 2025-06-15, 12:00 UTC.
let noon: Int64 = 1_749_988_800_000

/// A completed request, the `index`th second's, of 100 tokens in and 50 out, 1 USD, 36 J and 1 g.
func request(_ index: Int, strategy: String = "balanced", model: String = "small") -> RequestRow {
    var generator = SeededGenerator(seed: UInt64(index))
    let id = RequestID(unixMilliseconds: noon + Int64(index) * 1000, using: &generator)
    var row = RequestRow(id: id, tenant: TenantID(rawValue: "shop"), endpoint: "chat")
    row.strategy = strategy
    row.modelUsed = ModelID(model)
    row.usage = TokenUsage(input: 100, output: 50)
    row.cost = Money(nanodollars: 1_000_000_000)
    row.energyJoules = 36
    row.carbon = Carbon(micrograms: 1_000_000)
    row.durationMicroseconds = 1_000_000
    return row
}
