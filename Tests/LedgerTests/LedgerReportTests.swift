import Domain
import Ledger
import Testing

@Suite struct LedgerReportTests {
    private let day: Int64 = 86_400_000

    /// Each figure of each group is what a naive pass over the rows gives, for one grouping and for several.
    @Test(
        arguments: [
            [], [.model], [.key], [.tag], [.day], [.strategy], [.team], [.organisation], [.hour], [.choice],
            [.endpoint],
            [.outcome], [.day, .model, .tag],
            [.outcome, .key],
        ] as [[Grouping]],
        StoreKind.available
    )
    func figuresMatchANaivePass(groupings: [Grouping], kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let rows = try await recordedRows(500, in: fixture)
        let (since, until) = (noon + day / 2, noon + 3 * day)
        let inRange = rows.filter { (since..<until).contains($0.id.unixMilliseconds) }
        let expected = Dictionary(
            grouping: inRange.flatMap { row in names(of: row, groupings).map { ($0, row) } },
            by: \.0
        )
        let report = try fixture.reader().report(by: groupings, in: ReportScope(since: since, until: until))

        #expect(report.map(\.group) == expected.keys.sorted { $0.lexicographicallyPrecedes($1) })
        for line in report {
            let rows = try #require(expected[line.group]).map(\.1)
            let latencies = rows.filter(\.outcome.isSuccess).map(\.durationMicroseconds).sorted()
            let firstTokens = rows.filter(\.outcome.isSuccess).compactMap(\.timeToFirstTokenMicroseconds).sorted()
            #expect(line.requests == rows.count)
            #expect(line.successes == latencies.count)
            var usage = rows.reduce(.zero) { $0 + $1.usage }
            #expect(line.usage.isEstimated == usage.isEstimated)
            usage.source = line.usage.source
            #expect(line.usage == usage)
            #expect(line.estimatedUsages == rows.count { $0.usage.isEstimated })
            #expect(line.cost == rows.reduce(.zero) { $0 + $1.cost })
            expectFootprint(line, of: rows)
            expectComparisons(line, of: rows)
            #expect(line.cacheHits == rows.count { $0.outcome == .cacheHit })
            #expect(line.simulated == rows.count { $0.isSimulated })
            #expect(line.duration.p50 == percentile(50, of: latencies))
            #expect(line.duration.p95 == percentile(95, of: latencies))
            #expect(line.duration.p99 == percentile(99, of: latencies))
            #expect(line.firstToken.p50 == percentile(50, of: firstTokens))
            #expect(line.firstToken.p95 == percentile(95, of: firstTokens))
            // Doubles added in another order: 500 values below 1e7 differ by less than this.
            let mean = latencies.isEmpty ? nil : Double(latencies.reduce(0, +)) / Double(latencies.count)
            #expect(abs((line.duration.mean ?? 0) - (mean ?? 0)) < 1e-6)
            #expect(abs(line.energyJoules.central - rows.reduce(0) { $0 + $1.energyJoules }) < 1e-9)
        }
    }

    private func expectFootprint(_ line: ReportRow, of rows: [RequestRow]) {
        let footprints = rows.compactMap(\.footprint)
        let low = rows.map { $0.footprint?.carbonLow ?? $0.carbon }
        let high = rows.map { $0.footprint?.carbonHigh ?? $0.carbon }
        #expect(line.carbon.low == low.reduce(.zero, +))
        #expect(line.carbon.central == rows.map(\.carbon).reduce(.zero, +))
        #expect(line.carbon.high == high.reduce(.zero, +))
        #expect(line.provenance.measured == footprints.count { $0.provenance == "measured" })
        #expect(line.provenance.modelled == footprints.count { $0.provenance == "modelled" })
        let router = footprints.compactMap { $0.parts.router?.micrograms }
        let prompt = footprints.compactMap { $0.parts.prompt?.micrograms }
        #expect(line.parts.router?.micrograms == sum(router))
        #expect(line.parts.prompt?.micrograms == sum(prompt))
        #expect(isClose(line.carbonDeviation, deviation(rows.map(\.carbon.grams))))
    }

    private func expectComparisons(_ line: ReportRow, of rows: [RequestRow]) {
        let compared = rows.filter { $0.baseline != nil }
        let others = compared.map { $0.baseline?.cost ?? .zero }
        #expect(line.againstBest.count == compared.count)
        #expect(line.againstBest.otherCost == others.reduce(.zero, +))
        #expect(line.againstBest.cost == compared.map(\.cost).reduce(.zero, +))
        let limits = rows.filter { $0.outcome != .invalid }.compactMap(\.isWithinLimits)
        #expect(line.ownLimits.of == limits.count)
        #expect(line.ownLimits.kept == limits.count { $0 })
        #expect(isClose(line.costDeviation, deviation(rows.map { Double($0.cost.nanodollars) / 1e9 })))
        let durations = rows.filter(\.outcome.isSuccess).map { Double($0.durationMicroseconds) }
        #expect(isClose(line.duration.deviation, deviation(durations)))
    }

    private func sum(_ values: [Int64]) -> Int64? { values.isEmpty ? nil : values.reduce(0, +) }

    /// The textbook's two passes; the ledger sums squares in one.
    private func deviation(_ values: [Double]) -> Double? {
        guard values.count > 1 else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    private func isClose(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1)
    }

    /// A dry run used no model: it is in no sum but that of its own outcome.
    @Test(arguments: StoreKind.available)
    func decisionsAloneAreLeftOutOfSums(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 2)
        for index in 0..<10 {
            var request = randomEntry(at: noon, using: &generator).request
            request.outcome = index < 4 ? .decided : .completed
            writer.record(LedgerEntry(request: request, attempts: []))
        }
        await writer.flush()
        let reader = try fixture.reader()
        #expect(try reader.report(by: [], in: ReportScope()).map(\.requests) == [6])
        #expect(try reader.report(by: [.model], in: ReportScope()).reduce(0) { $0 + $1.requests } == 6)
        let outcomes = try reader.report(by: [.outcome], in: ReportScope())
        #expect(outcomes.map(\.group) == [["completed"], ["decided"]])
        #expect(outcomes.map(\.requests) == [6, 4])
    }

    /// A range takes its first millisecond and not its last.
    @Test(arguments: StoreKind.available)
    func aRangeIsHalfOpen(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 1)
        for offset in 0..<10 { writer.record(randomEntry(at: noon + Int64(offset), using: &generator)) }
        await writer.flush()
        let reader = try fixture.reader()
        #expect(try reader.report(by: [], in: ReportScope(since: noon + 2, until: noon + 5)).first?.requests == 3)
        #expect(try reader.report(by: [], in: ReportScope(since: noon + 2, until: nil)).first?.requests == 8)
        #expect(try reader.report(by: [], in: ReportScope(since: nil, until: noon + 5)).first?.requests == 5)
        #expect(try reader.report(by: [], in: ReportScope(since: .min, until: .max)).first?.requests == 10)
        #expect(try reader.report(by: [.model], in: ReportScope(since: noon + 100, until: nil)).isEmpty)
        writer.close()
    }

    /// An empty ledger has a total of nothing, and no groups.
    @Test(arguments: StoreKind.available)
    func anEmptyLedgerReportsNothing(kind: StoreKind) throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        let totals = try fixture.reader().totals()
        #expect(totals.requests == 0 && totals.successRate == 0 && totals.duration.p50 == nil)
        #expect(try fixture.reader().report(by: [.day, .tag], in: ReportScope()).isEmpty)
        writer.close()
    }

    /// Tags of every shape are grouped, and none can break a report.
    @Test(
        arguments: [
            (#"{"team":"red","n":1,"none":null}"#, ["n=1", "none=", "team=red"]), (#"["b","a"]"#, ["a", "b"]),
            ("", [""]),
            ("{}", [""]), ("not json", ["not json"]), (#"{"a":"#, [#"{"a":"#]), (#""x""#, ["x"]),
        ],
        StoreKind.available
    )
    func tagsAreGrouped(example: (tags: String, groups: [String]), kind: StoreKind) async throws {
        let (tags, groups) = example
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 1)
        var row = randomEntry(at: noon, using: &generator).request
        row.tags = Array(tags.utf8)
        await writer.recordDurably(LedgerEntry(request: row, attempts: []))
        let report = try fixture.reader().report(by: [.tag], in: ReportScope())
        #expect(report.map(\.group) == groups.map { [$0] })
        writer.close()
    }

    /// Pages of any size, put together, are the whole ledger from the latest to the first.
    @Test(arguments: [1, 7, 100, 1000], StoreKind.available)
    func pagesAddUpToTheLedger(limit: Int, kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let rows = try await recordedRows(120, in: fixture)
        let reader = try fixture.reader()
        var paged: [RequestRow] = []
        while true {
            let page = try reader.requests(limit: limit, before: paged.last?.id)
            #expect(page.count <= limit)
            if page.isEmpty { break }
            paged += page
        }
        #expect(paged == rows.sorted { ($0.id.high, $0.id.low) > ($1.id.high, $1.id.low) })
        #expect(try reader.requests(limit: -1, before: nil).isEmpty)
    }

    private func recordedRows(_ count: Int, in fixture: LedgerFixture) async throws -> [RequestRow] {
        var generator = SeededGenerator(seed: 21)
        let entries = (0..<count).map { _ in
            randomEntry(at: noon + .random(in: 0..<4 * day, using: &generator), using: &generator)
        }
        let writer = try fixture.writer()
        for entry in entries { writer.record(entry) }
        await writer.flush()
        writer.close()
        return entries.map(\.request)
    }

    /// The groups that a row counts in: one, or one for each of the two tags that every drawn row has.
    private func names(of row: RequestRow, _ groupings: [Grouping]) -> [[String]] {
        groupings.reduce([[]]) { groups, grouping in
            let names: [String] =
                switch grouping {
                case .model: [row.modelUsed?.rawValue ?? row.chosenModel?.rawValue ?? ""]
                case .key: [row.keyID ?? ""]
                case .tag: ["team=blue", "run=7"]
                case .day: ["2025-06-\(15 + (row.id.unixMilliseconds - noon + day / 2) / day)"]
                case .strategy: [row.strategy]
                case .router: [router(of: row)]
                case .team: [row.team?.rawValue ?? ""]
                case .organisation: [row.tenant.rawValue]
                case .hour: [hour(of: row.id.unixMilliseconds)]
                case .choice: [row.strategy.isEmpty ? "direct" : "routed"]
                case .endpoint: [row.endpoint]
                case .outcome: [row.outcome.rawValue]
                }
            return groups.flatMap { group in names.map { group + [$0] } }
        }
    }

    private func router(of row: RequestRow) -> String {
        let features = String(decoding: row.features, as: UTF8.self)
        return ["stack", "words"].first { features.contains(#""router":"\#($0)""#) } ?? ""
    }

    /// The hour of a time from 2025-06-15 on, such as `2025-06-15T12Z`.
    private func hour(of unixMilliseconds: Int64) -> String {
        let hours = (unixMilliseconds - noon) / 3_600_000 + 12
        return "2025-06-\(15 + hours / 24)T\(hours % 24 < 10 ? "0" : "")\(hours % 24)Z"
    }

    /// The smallest value that at least `percent` of the values do not exceed.
    private func percentile(_ percent: Int, of sorted: [Int64]) -> Int64? {
        sorted.first { value in sorted.count { $0 <= value } * 100 >= percent * sorted.count }
    }
}
