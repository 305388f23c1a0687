import Domain
import Ledger
import Testing

@Suite struct LedgerReportTests {
    private let day: Int64 = 86_400_000

    /// Each figure of each group is what a naive pass over the rows gives, for one grouping and for several.
    @Test(
        arguments: [
            [], [.model], [.key], [.tag], [.day], [.strategy], [.tenant], [.outcome], [.day, .model, .tag],
            [.outcome, .key],
        ] as [[Grouping]]
    )
    func figuresMatchANaivePass(groupings: [Grouping]) async throws {
        let fixture = try LedgerFixture()
        let rows = try await recordedRows(500, in: fixture)
        let (since, until) = (noon + day / 2, noon + 3 * day)
        let inRange = rows.filter { (since..<until).contains($0.id.unixMilliseconds) }
        let expected = Dictionary(
            grouping: inRange.flatMap { row in names(of: row, groupings).map { ($0, row) } },
            by: \.0
        )
        let report = try fixture.reader().report(by: groupings, since: since, until: until)

        #expect(report.map(\.group) == expected.keys.sorted { $0.lexicographicallyPrecedes($1) })
        for line in report {
            let rows = try #require(expected[line.group]).map(\.1)
            let latencies = rows.filter(\.outcome.isSuccess).map(\.durationMicroseconds).sorted()
            let firstTokens = rows.filter(\.outcome.isSuccess).compactMap(\.timeToFirstTokenMicroseconds).sorted()
            #expect(line.requests == rows.count)
            #expect(line.successes == latencies.count)
            #expect(line.inputTokens == rows.reduce(0) { $0 + $1.usage.input })
            #expect(line.outputTokens == rows.reduce(0) { $0 + $1.usage.output })
            #expect(line.cost == rows.reduce(.zero) { $0 + $1.cost })
            let saved = rows.compactMap { row in row.baseline?.cost.map { $0 - row.cost } }
            #expect(line.saved == saved.reduce(.zero, +))
            let retentions = rows.filter(\.outcome.isSuccess).compactMap { row in
                row.quality.flatMap { quality in row.baseline.map { quality / $0.quality } }
            }
            #expect(isClose(line.qualityRetention, mean(retentions)))
            #expect(isClose(line.withinLimits, mean(rows.compactMap(\.isWithinLimits).map { $0 ? 1 : 0 })))
            #expect(line.carbon == rows.reduce(.zero) { $0 + $1.carbon })
            #expect(line.cacheHits == rows.count { $0.outcome == .cacheHit })
            #expect(line.simulated == rows.count { $0.isSimulated })
            #expect(line.p50Microseconds == percentile(50, of: latencies))
            #expect(line.p95Microseconds == percentile(95, of: latencies))
            #expect(line.firstTokenP50Microseconds == percentile(50, of: firstTokens))
            #expect(line.firstTokenP95Microseconds == percentile(95, of: firstTokens))
            // Doubles added in another order: 500 values below 1e7 differ by less than this.
            let mean = latencies.isEmpty ? nil : Double(latencies.reduce(0, +)) / Double(latencies.count)
            #expect(abs((line.meanMicroseconds ?? 0) - (mean ?? 0)) < 1e-6)
            #expect(abs(line.energyJoules - rows.reduce(0) { $0 + $1.energyJoules }) < 1e-9)
        }
    }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private func isClose(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return abs(left - right) < 1e-9
    }

    /// A dry run used no model: it is in no sum but that of its own outcome.
    @Test func decisionsAloneAreLeftOutOfSums() async throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 2)
        for index in 0..<10 {
            var request = randomEntry(at: noon, using: &generator).request
            request.outcome = index < 4 ? .decided : .completed
            writer.record(LedgerEntry(request: request, attempts: []))
        }
        await writer.flush()
        let reader = try fixture.reader()
        #expect(try reader.report(by: [], since: nil, until: nil).map(\.requests) == [6])
        #expect(try reader.report(by: [.model], since: nil, until: nil).reduce(0) { $0 + $1.requests } == 6)
        let outcomes = try reader.report(by: [.outcome], since: nil, until: nil)
        #expect(outcomes.map(\.group) == [["completed"], ["decided"]])
        #expect(outcomes.map(\.requests) == [6, 4])
    }

    /// A range takes its first millisecond and not its last.
    @Test func aRangeIsHalfOpen() async throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 1)
        for offset in 0..<10 { writer.record(randomEntry(at: noon + Int64(offset), using: &generator)) }
        await writer.flush()
        let reader = try fixture.reader()
        #expect(try reader.report(by: [], since: noon + 2, until: noon + 5).first?.requests == 3)
        #expect(try reader.report(by: [], since: noon + 2, until: nil).first?.requests == 8)
        #expect(try reader.report(by: [], since: nil, until: noon + 5).first?.requests == 5)
        #expect(try reader.report(by: [], since: .min, until: .max).first?.requests == 10)
        #expect(try reader.report(by: [.model], since: noon + 100, until: nil).isEmpty)
        writer.close()
    }

    /// An empty ledger has a total of nothing, and no groups.
    @Test func anEmptyLedgerReportsNothing() throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer()
        let totals = try fixture.reader().totals()
        #expect(totals.requests == 0 && totals.successRate == 0 && totals.p50Microseconds == nil)
        #expect(try fixture.reader().report(by: [.day, .tag], since: nil, until: nil).isEmpty)
        writer.close()
    }

    /// Tags of every shape are grouped, and none can break a report.
    @Test(
        arguments: [
            (#"{"team":"red","n":1,"none":null}"#, ["n=1", "none=", "team=red"]), (#"["b","a"]"#, ["a", "b"]),
            ("", [""]),
            ("{}", [""]), ("not json", ["not json"]), (#"{"a":"#, [#"{"a":"#]), (#""x""#, ["x"]),
        ]
    )
    func tagsAreGrouped(tags: String, groups: [String]) async throws {
        let fixture = try LedgerFixture()
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 1)
        var row = randomEntry(at: noon, using: &generator).request
        row.tags = Array(tags.utf8)
        await writer.recordDurably(LedgerEntry(request: row, attempts: []))
        let report = try fixture.reader().report(by: [.tag], since: nil, until: nil)
        #expect(report.map(\.group) == groups.map { [$0] })
        writer.close()
    }

    /// Pages of any size, put together, are the whole ledger from the latest to the first.
    @Test(arguments: [1, 7, 100, 1000])
    func pagesAddUpToTheLedger(limit: Int) async throws {
        let fixture = try LedgerFixture()
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
                case .tenant: [row.tenant.rawValue]
                case .outcome: [row.outcome.rawValue]
                }
            return groups.flatMap { group in names.map { group + [$0] } }
        }
    }

    /// The smallest value that at least `percent` of the values do not exceed.
    private func percentile(_ percent: Int, of sorted: [Int64]) -> Int64? {
        sorted.first { value in sorted.count { $0 <= value } * 100 >= percent * sorted.count }
    }
}
