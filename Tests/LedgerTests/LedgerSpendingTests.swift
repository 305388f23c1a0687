import Domain
import Foundation
import Ledger
import Testing

@Suite struct LedgerSpendingTests {
    /// The sums are those of a slow and obvious reference, whatever is asked for.
    @Test(arguments: 0..<8, StoreKind.available)
    func sumsAreThoseOfTheRows(seed: UInt64, kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: seed)
        let writer = try fixture.writer()
        let entries = (0..<400).map { _ in
            randomEntry(at: noon + .random(in: 0..<7_200_000, using: &generator), using: &generator)
        }
        for entry in entries { writer.record(entry) }
        await writer.flush()
        writer.close()

        let scopes: [Budget.Scope] =
            [.everyone, .tag("team=blue"), .tag("run=8"), .model(ModelID("large")), .model(ModelID("none"))]
            + (0..<4).flatMap { number -> [Budget.Scope] in
                [
                    .organisation(TenantID(rawValue: "tenant-\(number)")), .team(TeamID(rawValue: "team-\(number)")),
                    .key(KeyID(rawValue: "key-\(number)")),
                ]
            }
        let queries = scopes.flatMap { scope in
            ([nil, 60_000, 3_600_000] as [Int64?]).map { step in
                let begin = noon + .random(in: -1000..<3_600_000, using: &generator)
                let end = begin + .random(in: 0..<5_000_000, using: &generator)
                return SpendQuery(scope: scope, started: begin..<end, stepMilliseconds: step, limit: .seconds(3))
            }
        }
        let found = try fixture.reader().spending(queries)
        for (query, sums) in zip(queries, found) {
            #expect(sums.map(Sum.init) == reference(query, entries), "\(query)")
        }
    }

    @Test(arguments: StoreKind.available)
    func aTagIsFoundByItsNameAndItsValue(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 1)
        for tags in [#"{"a":"b"}"#, #"{"x":"\"a\":\"b\""}"#, #"{"a":"bc"}"#, #"{"ca":"b"}"#, #"{"a":""}"#, ""] {
            var row = RequestRow(
                id: RequestID(unixMilliseconds: noon, using: &generator),
                tenant: .anonymous,
                endpoint: "chat"
            )
            row.tags = Array(tags.utf8)
            writer.record(LedgerEntry(request: row, attempts: []))
        }
        await writer.flush()
        writer.close()
        let queries = ["a=b", "a", "b=a", "x=\"a\":\"b\""].map { SpendQuery(scope: .tag($0), started: 0..<noon * 2) }
        #expect(try fixture.reader().spending(queries).map { $0.first?.count ?? 0 } == [1, 1, 0, 1])
    }

    @Test(arguments: StoreKind.available)
    func anEmptyLedgerHasNoSums(kind: StoreKind) throws {
        let fixture = try LedgerFixture(kind)
        try fixture.writer().close()
        #expect(try fixture.reader().spending([]).isEmpty)
        let all = SpendQuery(scope: .everyone, started: 0..<noon)
        #expect(try fixture.reader().spending([all, all]) == [[], []])
    }

    private struct Sum: Hashable {
        var begin: Int64
        var charge = Charge.zero
        var count = 0
        var within: Int64 = 0
        var over: Int64 = 0

        init(begin: Int64) { self.begin = begin }

        init(_ sum: SpendSum) {
            begin = sum.startedUnixMilliseconds
            (charge, count, within, over) = (sum.charge, sum.count, sum.answersWithin, sum.answersOver)
        }

        mutating func add(_ usage: TokenUsage, _ cost: Money, _ joules: Double, _ carbon: Carbon) {
            charge += Charge(
                cost: cost,
                tokens: Int64(usage.total),
                energy: Energy(joules: joules) ?? .zero,
                carbon: carbon
            )
            count += 1
        }

        mutating func answer(_ microseconds: Int64) {
            if microseconds <= 3_000_000 { within += 1 } else { over += 1 }
        }
    }

    private func reference(_ query: SpendQuery, _ entries: [LedgerEntry]) -> [Sum] {
        var sums: [Int64: Sum] = [:]
        for entry in entries where query.started.contains(entry.request.id.unixMilliseconds) {
            let row = entry.request
            let step = query.stepMilliseconds.map { row.id.unixMilliseconds / $0 * $0 } ?? 0
            func add(_ change: (inout Sum) -> Void) {
                change(&sums[step, default: Sum(begin: max(step, query.started.lowerBound))])
            }
            let isMeant =
                switch query.scope {
                case .everyone: true
                case .organisation(let id): row.tenant == id
                case .team(let id): row.team == id
                case .key(let id): row.keyID == id.rawValue
                case .tag(let tag): tag == "team=blue"
                case .model: false
                }
            if isMeant {
                add { sum in
                    sum.add(row.usage, row.cost, row.energyJoules, row.carbon)
                    if row.outcome == .completed || row.outcome == .cacheHit { sum.answer(row.durationMicroseconds) }
                }
            }
            guard case .model(let id) = query.scope else { continue }
            for attempt in entry.attempts where attempt.model == id {
                add { sum in
                    sum.add(attempt.usage, attempt.cost, attempt.energyJoules, attempt.carbon)
                    if attempt.outcome == .completed { sum.answer(attempt.durationMicroseconds) }
                }
            }
        }
        return sums.values.sorted { $0.begin < $1.begin }
    }
}
