import Domain
import Ledger
import Testing

@Suite struct RequestQueryTests {
    /// Whatever is asked for, the answer is what a pass over all rows would pick, page after page.
    @Test(arguments: 0..<10, StoreKind.available)
    func findsWhatAPassOverAllRowsWould(seed: UInt64, kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: seed)
        let entries = (0..<60 as Range<Int64>).map { index in
            let row = randomEntry(at: noon + index, using: &generator)
            var request = row.request
            request.modelUsed = ["a", "b", nil].randomElement(using: &generator).flatMap { $0 }.map { ModelID($0) }
            request.keyID = ["k", "l", nil].randomElement(using: &generator).flatMap { $0 }
            request.outcome = Bool.random(using: &generator) ? .completed : .cut
            return LedgerEntry(request: request, attempts: row.attempts)
        }
        let writer = try fixture.writer()
        for entry in entries { writer.record(entry) }
        await writer.flush()
        writer.close()

        let reader = try fixture.reader()
        for _ in 0..<20 {
            var query = RequestQuery(limit: Int.random(in: 1...7, using: &generator))
            if Bool.random(using: &generator) { query.since = noon + Int64.random(in: -1...61, using: &generator) }
            if Bool.random(using: &generator) { query.until = noon + Int64.random(in: -1...61, using: &generator) }
            if Bool.random(using: &generator) { query.model = ModelID("a") }
            if Bool.random(using: &generator) { query.key = KeyID(rawValue: "k") }
            if Bool.random(using: &generator) { query.organisation = entries.first?.request.tenant }
            if Bool.random(using: &generator) { query.outcome = .cut }
            let asked = query
            let expected = entries.map(\.request).reversed().filter { matches($0, asked) }
            var found: [RequestRow] = []
            while true {
                let page = try reader.requests(query)
                found += page
                guard page.count == query.limit, let last = page.last else { break }
                query.before = last.id
            }
            #expect(found == expected)
        }
    }

    private func matches(_ row: RequestRow, _ query: RequestQuery) -> Bool {
        if let since = query.since, row.id.unixMilliseconds < since { return false }
        if let until = query.until, row.id.unixMilliseconds >= until { return false }
        if let model = query.model, row.modelUsed != model { return false }
        if let key = query.key, row.keyID != key.rawValue { return false }
        if let organisation = query.organisation, row.tenant != organisation { return false }
        if let outcome = query.outcome, row.outcome != outcome { return false }
        return true
    }
}
