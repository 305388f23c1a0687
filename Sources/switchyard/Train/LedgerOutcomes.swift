import ArgumentParser
import Domain
import Foundation
import HTTP
import Learning
import Ledger
import Routing

/// What to learn from in a gateway's ledger.
struct LedgerOptions: ParsableArguments {
    @Option(help: "A gateway's ledger: what was said of its answers (POST /v1/feedback) is learned from.")
    var fromLedger: String?
    @Option(help: "With --from-ledger, how many days back.") var days = 90
    @Option(help: "With --from-ledger, at most so many of the latest judged requests.") var ledgerRows = 50_000
    @Option(help: "With --from-ledger, at most so many of one key: what one client says is not all there is.")
    var keyRows = 25_000

    func validate() throws {
        guard (1...36_500).contains(days) else { throw ValidationError("--days is 1 to 36500") }
        guard (1...10_000_000).contains(keyRows) else { throw ValidationError("--key-rows is 1 to 10000000") }
        guard (1...10_000_000).contains(ledgerRows) else { throw ValidationError("--ledger-rows is 1 to 10000000") }
    }

    /// The judged requests as outcomes, oldest first; nothing where no ledger is named.
    ///
    /// - Parameters:
    ///   - encoder: The folder of the encoder that reads prompts; `nil` takes the vectors that the ledger has.
    ///   - layers: The layers without which nothing can be learned.
    /// - Returns: The outcomes, and how many requests were none.
    /// - Throws: ``Learning/DataError/unreadable(path:reason:)``.
    func outcomes(encoder: String?, layers: [Int] = []) throws -> LedgerOutcomes {
        guard let fromLedger else { return LedgerOutcomes([], encoder: nil, layers: []) }
        let since = Int64(Date.now.timeIntervalSince1970 * 1000) - Int64(days) * 86_400_000
        do {
            let reader = try LedgerReader(at: LedgerLocation(fromLedger, password: nil))
            let judged = try reader.judgedRequests(since: since, rowsMax: ledgerRows, rowsOfKeyMax: keyRows)
            let name = encoder.map { URL(filePath: $0).lastPathComponent }
            let outcomes = LedgerOutcomes(judged, encoder: name, layers: layers)
            Console.error("\(fromLedger): \(outcomes.summary)")
            return outcomes
        } catch {
            throw DataError.unreadable(path: fromLedger, reason: "\(error)")
        }
    }
}

/// Judged requests as outcomes of one model each.
struct LedgerOutcomes {
    // Ledgers know outcomes of another kind.
    private(set) var outcomes: [Learning.Outcome] = []
    /// The encoder that vectors are of; `nil` where there are none.
    let encoder: String?
    /// Requests that nothing was kept of.
    private(set) var unseenCount = 0
    /// Requests whose vectors are another encoder's, or too few, and whose text was not kept.
    private(set) var unreadableCount = 0

    /// - Parameters:
    ///   - judged: Oldest first.
    ///   - encoder: The encoder that reads prompts; `nil` for that of the latest vectors.
    ///   - layers: The layers without which nothing can be learned.
    init(_ judged: [JudgedRequest], encoder: String?, layers: [Int]) {
        let kept = judged.last { $0.evidence?.encoder != nil }?.evidence?.encoder
        self.encoder = encoder ?? kept
        for request in judged {
            guard let row = request.evidence, let known = PromptEvidence(record: row.features) else {
                unseenCount += 1
                continue
            }
            let isReadable = row.prompt != nil && encoder != nil
            let isComparable =
                row.encoder == self.encoder || row.encoder == nil && layers.isEmpty
            let hasLayers = layers.allSatisfy { known.layers[$0] != nil }
            guard isReadable || isComparable && hasLayers else {
                unreadableCount += 1
                continue
            }
            outcomes.append(
                Learning.Outcome(
                    id: "\(request.id)",
                    prompt: row.prompt ?? "",
                    scores: [request.model.rawValue: request.score],
                    outputTokens: request.outputTokens.map { [request.model.rawValue: Double($0)] } ?? [:],
                    task: Self.task(in: request.tags),
                    evidence: isComparable && hasLayers && (row.encoder != nil || !isReadable) ? known : nil
                )
            )
        }
    }

    /// How many there are, and why the others are none, in a line.
    var summary: String {
        var parts = ["\(outcomes.count) judged requests to learn from"]
        if unseenCount > 0 { parts.append("\(unseenCount) of which nothing was kept (ledger.evidence)") }
        if unreadableCount > 0 { parts.append("\(unreadableCount) without vectors of the encoder or text to read") }
        return parts.joined(separator: ", ")
    }

    /// A digest of what was said of which model, in order: 64 bits by FNV-1a, against mix-ups and not attacks.
    var digest: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for outcome in outcomes {
            for (model, score) in outcome.scores {
                for byte in "\(outcome.id) \(model) \(score)\n".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            }
        }
        return String(hash, radix: 16)
    }

    /// What a client says that its request is for: its tag `task`.
    private static func task(in tags: [UInt8]) -> String? {
        guard !tags.isEmpty, let document = try? JSONDocument(parsing: tags, depthMax: 4) else { return nil }
        return document["task"].flatMap { try? document.string(of: $0) }
    }
}
