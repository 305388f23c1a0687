import Domain
import Foundation
import Testing

@testable import Ledger

/// What is kept of prompts comes back with what was said of the answers, and goes when its time is over.
@Suite struct EvidenceTests {
    private static func entry(
        at unixMilliseconds: Int64,
        _ evidence: EvidenceRow?,
        model: String? = "small",
        key: String? = nil,
        using generator: inout SeededGenerator
    ) -> LedgerEntry {
        var row = RequestRow(
            id: RequestID(unixMilliseconds: unixMilliseconds, using: &generator),
            tenant: TenantID(rawValue: "t"),
            endpoint: "chat"
        )
        row.modelUsed = model.map { ModelID($0) }
        row.keyID = key
        row.propensity = 0.25
        row.tags = Array(#"{"task":"law"}"#.utf8)
        var failed = AttemptRow(model: ModelID("large"), outcome: .timedOut)
        failed.usage = TokenUsage(input: 7, output: 999)
        var answered = AttemptRow(model: ModelID("small"), outcome: .completed)
        answered.usage = TokenUsage(input: 7, output: 42)
        return LedgerEntry(request: row, attempts: [failed, answered], evidence: evidence)
    }

    private static func judge(
        _ id: RequestID,
        _ score: Double?,
        isCorrect: Bool? = nil,
        in fixture: LedgerFixture
    ) async throws {
        let store = try fixture.control()
        let feedback = Feedback(
            requestID: id,
            atUnixMilliseconds: noon,
            keyID: nil,
            score: score,
            isCorrect: isCorrect,
            comment: ""
        )
        try await store.add(feedback, from: nil)
        store.close()
    }

    private static let seen = EvidenceRow(encoder: "mini", features: [1, 0, 255, 7], prompt: "Wer da?\u{1}\\\t\n")

    @Test(arguments: StoreKind.available)
    func whatWasSeenComesBackWithWhatWasSaid(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: 1)
        let entries = [
            Self.entry(at: noon, Self.seen, using: &generator),
            Self.entry(at: noon + 1, nil, using: &generator),
            Self.entry(at: noon + 2, Self.seen, using: &generator),
            // Nobody answered it, so nothing is known of a model.
            Self.entry(at: noon + 3, Self.seen, model: nil, using: &generator),
        ]
        let writer = try fixture.writer()
        for entry in entries { await writer.recordDurably(entry) }
        for place in [0, 1, 3] { try await Self.judge(entries[place].request.id, 0.75, in: fixture) }
        let judged = try fixture.reader().judgedRequests(since: 0, rowsMax: 10, rowsOfKeyMax: 10)
        #expect(judged.map(\.id) == [entries[0], entries[1]].map(\.request.id))
        #expect(judged.map(\.evidence) == [Self.seen, nil])
        #expect(judged[0].model == ModelID("small") && judged[0].score == 0.75 && judged[0].propensity == 0.25)
        #expect(judged[0].outputTokens == 42 && judged[0].tags == Array(#"{"task":"law"}"#.utf8))
        #expect(try fixture.reader().judgedRequests(since: noon + 1, rowsMax: 10, rowsOfKeyMax: 10).count == 1)
        // The latest ones, where there are more than are wanted.
        let latest = try fixture.reader().judgedRequests(since: 0, rowsMax: 1, rowsOfKeyMax: 10)
        #expect(latest.map(\.id) == [entries[1].request.id])
        #expect(try fixture.reader().judgedRequest(entries[0].request.id) == judged[0])
        #expect(try fixture.reader().judgedRequest(entries[2].request.id) == nil)
        writer.close()
    }

    /// A key that judges much has its latest requests, and leaves room for those of others.
    @Test(arguments: StoreKind.available)
    func oneKeyDoesNotDriveOutOthers(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: 5)
        let writer = try fixture.writer()
        for (place, key) in ["a", nil, "a", "b", "b", "b", "b", nil].enumerated() {
            let entry = Self.entry(at: noon + Int64(place), Self.seen, key: key, using: &generator)
            await writer.recordDurably(entry)
            try await Self.judge(entry.request.id, 0.5, in: fixture)
        }
        func keys(rowsMax: Int, ofKey: Int) throws -> [String?] {
            try fixture.reader().judgedRequests(since: 0, rowsMax: rowsMax, rowsOfKeyMax: ofKey).map {
                $0.key?.rawValue
            }
        }
        #expect(try keys(rowsMax: 10, ofKey: 10) == ["a", nil, "a", "b", "b", "b", "b", nil])
        #expect(try keys(rowsMax: 10, ofKey: 2) == ["a", nil, "a", "b", "b", nil])
        #expect(try keys(rowsMax: 10, ofKey: 1) == ["a", "b", nil])
        #expect(try keys(rowsMax: 4, ofKey: 2) == ["a", "b", "b", nil])
        writer.close()
    }

    @Test(arguments: StoreKind.available)
    func theLastWordCountsAndRightIsOne(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        var generator = SeededGenerator(seed: 2)
        let entry = Self.entry(at: noon, Self.seen, using: &generator)
        let writer = try fixture.writer()
        await writer.recordDurably(entry)
        try await Self.judge(entry.request.id, 0.1, in: fixture)
        try await Self.judge(entry.request.id, nil, isCorrect: true, in: fixture)
        #expect(try fixture.reader().judgedRequest(entry.request.id)?.score == 1)
        writer.close()
    }

    /// Rows that had to wait in the spill file bring what was seen of their prompts; those of older versions have none.
    @Test(arguments: StoreKind.available)
    func evidenceSurvivesTheSpillFile(kind: StoreKind) throws {
        var generator = SeededGenerator(seed: 3)
        let fixture = try LedgerFixture(kind)
        let (with, without) = (
            Self.entry(at: noon, Self.seen, using: &generator), Self.entry(at: noon + 1, nil, using: &generator)
        )
        let database = try fixture.location.database(LedgerSettings())
        for entry in [with, without] {
            // Replayed twice, as after a crash, it is there once.
            let payload = SpillEncoder.payload(of: entry)
            #expect(try database.replay([payload, payload]).reasons.isEmpty)
        }
        let rows = try fixture.reader().read { database in
            try database.rows("SELECT encoder, features, prompt FROM evidence", []) { EvidenceRow(from: &$0) }
        }
        #expect(rows == [Self.seen])
        try database.close()
    }

    /// By age and by number, without the requests; and with them.
    @Test func evidenceGoesWhenItsTimeIsOver() async throws {
        let fixture = try LedgerFixture()
        var generator = SeededGenerator(seed: 4)
        let writer = try fixture.writer()
        for index in 0..<10 {
            await writer.recordDurably(Self.entry(at: noon + Int64(index), Self.seen, using: &generator))
        }
        func kept() throws -> [Int64] {
            try fixture.reader().read { database in
                try database.rows("SELECT request_number FROM evidence ORDER BY 1", []) { $0.integer() }
            }
        }
        #expect(try await writer.pruneEvidence(before: noon + 3, requestsMax: 100, rowsPerTransaction: 2) == 3)
        #expect(try kept() == Array(4...10))
        #expect(try await writer.pruneEvidence(before: 0, requestsMax: 5, rowsPerTransaction: 2) == 2)
        #expect(try kept() == Array(6...10))
        #expect(try fixture.reader().totals().requests == 10)
        #expect(try await writer.prune(before: noon + 8, rowsPerTransaction: 3) == 8)
        #expect(try kept() == [9, 10])
        writer.close()
    }
}
