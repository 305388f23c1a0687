import Domain
import Ledger
import Testing

@Suite struct UsageQueryTests {
    private let day: Int64 = 86_400_000

    /// What a model took before another one answered is on its own provider's bill.
    @Test(arguments: StoreKind.available)
    func everyAttemptCountsForItsModelAndDay(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        var generator = SeededGenerator(seed: 4)
        var expected: [String: (tokens: Int, cost: Int64)] = [:]
        for index in 0..<60 {
            let start = noon + Int64(index % 3) * day
            var request = RequestRow(
                id: RequestID(unixMilliseconds: start, using: &generator),
                tenant: TenantID(rawValue: "t"),
                endpoint: "chat"
            )
            request.keyID = index % 2 == 0 ? "app" : nil
            request.isSimulated = index % 5 == 0
            let attempts = ["a", "b"].map { model in
                var attempt = AttemptRow(model: ModelID(model), outcome: .completed)
                attempt.usage = TokenUsage(input: index, cachedInput: 1, output: 2, audioOutput: 1)
                attempt.cost = Money(nanodollars: 999_999_999 + Int64(index))
                return attempt
            }
            writer.record(LedgerEntry(request: request, attempts: attempts))
            guard !request.isSimulated, index % 3 < 2 else { continue }
            for attempt in attempts {
                let key = "\(attempt.model.rawValue) \(start / day) \(request.keyID ?? "")"
                expected[key, default: (0, 0)].tokens += index
                expected[key, default: (0, 0)].cost += attempt.cost.nanodollars
            }
        }
        await writer.flush()
        let (since, until) = (noon - day, noon + 2 * day)
        let rows = try fixture.reader().usage(since: since, until: until, includesSimulated: false)
        #expect(rows.count == expected.count)
        for row in rows {
            let sum = try #require(expected["\(row.model.rawValue) \(row.day) \(row.keyID)"])
            #expect((row.usage.input, row.cost.nanodollars) == (sum.tokens, sum.cost))
            #expect(
                (row.usage.cachedInput, row.usage.output, row.usage.audioOutput) == (
                    row.attempts, 2 * row.attempts, row.attempts
                )
            )
        }
        let all = try fixture.reader().usage(since: nil, until: nil, includesSimulated: true)
        #expect(all.reduce(0) { $0 + $1.attempts } == 120)
        writer.close()
    }
}
