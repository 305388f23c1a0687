import Configuration
import Domain
import Foundation
import HTTP
import Ledger
import Routing
import Testing

@testable import Gateway

/// Routers learn from feedback while they serve, from what the ledger keeps of prompts.
@Suite struct FeedbackLearningTests {
    private static let encoder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/encoders/bert").path

    private static func settings(_ ledger: String, encoder: Bool = false) -> String {
        """
        routers: [ { id: words, kind: lexical } ]
        \(encoder ? "encoder: { path: \(Self.encoder), wait_ms_max: 60000 }" : "")
        ledger: { \(ledger) }
        routing: { exploration: 0, default_strategy: quality_optimized, router: words }
        """
    }

    /// `b` is thought to be better at everything.
    private static func models(_ backend: ScriptedBackend) -> [String] {
        [entry("a", at: backend.url, "quality: 0.5"), entry("b", at: backend.url, "quality: 0.9")]
    }

    private static func chat(
        _ gateway: RunningGateway,
        _ text: String,
        model: String = "auto"
    ) async throws -> RunningGateway.Answer {
        try await gateway.post(
            "chat/completions",
            #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]}"#
        )
    }

    /// Gives feedback as soon as the ledger has the request.
    private static func judge(_ gateway: RunningGateway, _ answer: RunningGateway.Answer, _ score: Double) async throws
    {
        let id = answer.fields["x-request-id"] ?? ""
        let isThere = try await eventually {
            guard let id = RequestID(id) else { return false }
            return (try? LedgerReader(path: gateway.service.policy.settings.ledgerPath).request(id: id)) != nil
        }
        #expect(isThere)
        let receipt = try await gateway.post("feedback", #"{"request_id":"\#(id)","score":\#(score)}"#)
        #expect(receipt.status == 200, "\(receipt.body)")
        gateway.service.feedback.finish()
    }

    private static let poem = "Write a poem about rain in the hills."
    private static let sum = "How much is 17 + 4 ?"

    @Test func whatIsJudgedBadlyIsSentElsewhere() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway(Self.models(backend), settings: Self.settings("evidence: vectors")) { gateway in
            #expect(try await Self.chat(gateway, Self.poem).fields["x-switchyard-model"] == "b")
            for _ in 0..<14 { try await Self.judge(gateway, Self.chat(gateway, Self.poem, model: "b"), 0) }
            #expect(gateway.metric("switchyard_feedback_rows") == 14)
            #expect(try await Self.chat(gateway, Self.poem).fields["x-switchyard-model"] == "a")
            #expect(try await Self.chat(gateway, Self.sum).fields["x-switchyard-model"] == "b")
            // A start begins with what the ledger has.
            let settings = gateway.service.policy.settings
            let reader = try FeedbackReader(
                ledger: .sqlite(path: settings.ledgerPath),
                for: "routers",
                queue: "test",
                log: gateway.service.log
            )
            let again = FeedbackLearner(reader, encoder: nil)
            again.follow(gateway.service.policy)
            again.finish()
            #expect(again.count == 14)
        }
    }

    /// Off by default: nothing is kept of prompts, and nothing learned.
    @Test func nothingIsKeptThatNobodyAskedFor() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway(Self.models(backend), settings: Self.settings("evidence: none")) { gateway in
            try await Self.judge(gateway, Self.chat(gateway, Self.poem), 0)
            #expect(gateway.service.feedback.count == 0)
            #expect(try await judged(gateway).first?.evidence == nil)
        }
    }

    @Test(arguments: [(Settings.Ledger.Evidence.vectors, "relaxed"), (.prompt, "relaxed"), (.prompt, "strict")])
    func theLedgerKeepsWhatIsAskedFor(kept: Settings.Ledger.Evidence, durability: String) async throws {
        let backend = try await ScriptedBackend.sound()
        let settings = Self.settings("evidence: \(kept.rawValue), durability: \(durability)", encoder: true)
        try await withGateway(Self.models(backend), settings: settings) { gateway in
            try await Self.judge(gateway, Self.chat(gateway, Self.poem), 0.5)
            let row = try #require(try await judged(gateway).first?.evidence)
            #expect(row.prompt == (kept == .prompt ? Self.poem : nil) && row.encoder == "bert")
            let evidence = try #require(PromptEvidence(record: row.features))
            #expect(evidence.words.buckets == PromptEvidence(of: Self.poem).words.buckets)
            #expect(evidence.layers[0]?.count == 32 && evidence.layers[2]?.count == 32)
        }
    }

    private func judged(_ gateway: RunningGateway) async throws -> [JudgedRequest] {
        try LedgerReader(path: gateway.service.policy.settings.ledgerPath).judgedRequests(
            since: 0,
            rowsMax: 10,
            rowsOfKeyMax: 10
        )
    }
}
