import Domain
import Foundation
import Testing

@testable import Ledger

/// What fleets are fitted to, and what bandits learn from.
@Suite struct ServedAttemptTests {
    private static func entry(
        at unixMilliseconds: Int64,
        features: String = "",
        endpoint: String = "chat",
        key: String? = nil,
        using generator: inout SeededGenerator
    ) -> LedgerEntry {
        var row = RequestRow(
            id: RequestID(unixMilliseconds: unixMilliseconds, using: &generator),
            tenant: TenantID(rawValue: "t"),
            endpoint: endpoint
        )
        (row.chosenModel, row.modelUsed) = (ModelID("large"), ModelID("small"))
        (row.propensity, row.quality, row.keyID) = (0.25, 0.6, key)
        row.cost = Money(nanodollars: 30)
        row.features = Array(features.utf8)
        var failed = AttemptRow(model: ModelID("large"), outcome: .timedOut)
        failed.usage = TokenUsage(input: 7, output: 0)
        var answered = AttemptRow(model: ModelID("small"), outcome: .completed)
        (answered.usage, answered.cost) = (TokenUsage(input: 9, output: 42), Money(nanodollars: 30))
        (answered.startedOffsetMicroseconds, answered.durationMicroseconds) = (5000, 250_000)
        answered.carbon = Carbon(micrograms: 12)
        return LedgerEntry(request: row, attempts: [failed, answered], evidence: nil)
    }

    private static func ledger(
        _ entries: [LedgerEntry],
        judging: [Int: Double],
        _ kind: StoreKind
    ) async throws -> LedgerFixture {
        let fixture = try LedgerFixture(kind)
        let writer = try fixture.writer()
        for entry in entries { await writer.recordDurably(entry) }
        writer.close()
        let store = try fixture.control()
        for (place, score) in judging {
            let feedback = Feedback(
                requestID: entries[place].request.id,
                atUnixMilliseconds: noon,
                keyID: nil,
                score: score,
                isCorrect: nil,
                comment: ""
            )
            try await store.add(feedback, from: nil)
        }
        store.close()
        return fixture
    }

    @Test(arguments: StoreKind.available)
    func attemptsComeWithTheirPromptsAndAnswers(kind: StoreKind) async throws {
        var generator = SeededGenerator(seed: 1)
        let entries = [
            Self.entry(at: noon, features: #"{"complexity":0.375,"words":3}"#, using: &generator),
            Self.entry(at: noon + 1, features: "{broken", using: &generator),
            Self.entry(at: noon + 2, endpoint: "embeddings", using: &generator),
        ]
        let fixture = try await Self.ledger(entries, judging: [0: 0.5], kind)
        let served = try fixture.reader().servedAttempts(since: 0, requestsMax: 10)
        #expect(served.map(\.id) == [0, 0, 1, 1].map { entries[$0].request.id })
        #expect(served.map(\.isFirst) == [true, false, true, false])
        #expect(served.map(\.complexity) == [0.375, 0.375, nil, nil])
        // What was said is of the model that answered, and so is what it is thought to be worth.
        #expect(served.map(\.score) == [nil, 0.5, nil, nil] && served.map(\.quality) == [nil, 0.6, nil, 0.6])
        #expect(served[1].outcome == .completed && served[1].inputTokens == 9 && served[1].cost.nanodollars == 30)
        #expect(served[1].startedOffsetMicroseconds == 5000 && served[1].durationMicroseconds == 250_000)
        #expect(served[1].carbon == Carbon(micrograms: 12))
        #expect(try fixture.reader().servedAttempts(since: noon + 1, requestsMax: 10).count == 2)
        #expect(try fixture.reader().servedAttempts(since: 0, requestsMax: 1).map(\.id).first == entries[1].request.id)
        #expect(try fixture.reader().scores(from: entries[0].request.id) == [entries[0].request.id: 0.5])
        #expect(try fixture.reader().scores(from: entries[1].request.id).isEmpty)
    }

    @Test(arguments: StoreKind.available)
    func judgedDecisionsAreThoseOfARouter(kind: StoreKind) async throws {
        var generator = SeededGenerator(seed: 2)
        let mark = #""chooser":{"id":"learner""#
        let features = "{\(mark),\"in_force\":true}}"
        let entries = [
            Self.entry(at: noon, features: features, key: "a", using: &generator),
            Self.entry(at: noon + 1, features: #"{"chooser":{"id":"learner2"}}"#, using: &generator),
            Self.entry(at: noon + 2, features: features, key: "a", using: &generator),
            Self.entry(at: noon + 3, features: features, key: "b", using: &generator),
            Self.entry(at: noon + 4, features: features, using: &generator),
        ]
        let fixture = try await Self.ledger(entries, judging: [0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4], kind)
        let reader = try fixture.reader()
        let all = try reader.judgedDecisions(marked: mark, rowsMax: 10, rowsOfKeyMax: 10)
        #expect(all.map(\.score) == [0.1, 0.3, 0.4] && all.map { $0.key?.rawValue } == ["a", "a", "b"])
        #expect(all[0].chosenModel == ModelID("large") && all[0].modelUsed == ModelID("small"))
        #expect(all[0].propensity == 0.25 && all[0].cost.nanodollars == 30 && all[0].features == Array(features.utf8))
        #expect(try reader.judgedDecisions(marked: mark, rowsMax: 10, rowsOfKeyMax: 1).map(\.score) == [0.3, 0.4])
        #expect(try reader.judgedDecisions(marked: mark, rowsMax: 1, rowsOfKeyMax: 10).map(\.score) == [0.4])
        #expect(try reader.judgedDecision(entries[2].request.id, marked: mark)?.score == 0.3)
        #expect(try reader.judgedDecision(entries[1].request.id, marked: mark) == nil)
        #expect(try reader.judgedDecision(entries[4].request.id, marked: mark) == nil)
    }
}
