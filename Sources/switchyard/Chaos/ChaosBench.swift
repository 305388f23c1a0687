import Domain
import Foundation
import Ledger

/// Plays the matrix and judges what came of it.
struct ChaosBench: Sendable {
    /// The models of the acts that are no cells.
    private static let lonely = "lonely"
    /// Where a client goes away, and what the backend does by then.
    private static let phases = [
        ("connecting", script: "ok", streams: false), ("waiting", script: "silence*", streams: false),
        ("streaming", script: "endless*", streams: true), ("reading", script: "drip:20*", streams: false),
        ("queued", script: "silence*", streams: false),
    ]
    /// Beyond the gateway's own patience, for the machine's sake.
    private static let slack = Duration.seconds(2)

    let cells: [ChaosCell]
    /// Cells at a time.
    let parallel: Int

    /// Plays everything; `note` hears of each result as it comes.
    func run(_ note: @escaping @Sendable (ChaosResult) -> Void) async throws -> [ChaosResult] {
        let stage = try await ChaosStage(
            cells: cells,
            sound: [Self.lonely] + Self.phases.dropFirst().map { Self.model(for: $0.0) },
            hanging: [Self.model(for: Self.phases[0].0)]
        )
        var results: [(id: String?, result: ChaosResult)] = []
        do {
            try await withThrowingTaskGroup(of: (Int, String?, ChaosResult).self) { group in
                var found = [(id: String?, result: ChaosResult)?](repeating: nil, count: cells.count)
                for (index, cell) in cells.enumerated() {
                    if index >= parallel, let (place, id, result) = try await group.next() {
                        found[place] = (id, result)
                        note(result)
                    }
                    group.addTask {
                        let (id, result) = try await play(cell, on: stage)
                        return (index, id, result)
                    }
                }
                for try await (place, id, result) in group {
                    found[place] = (id, result)
                    note(result)
                }
                results = found.compactMap(\.self)
            }
            results.append((nil, try await loneBackendDown(on: stage)))
            for phase in Self.phases {
                results.append((nil, try await clientGone(phase.0, phase.script, streams: phase.streams, on: stage)))
            }
            // The ledger writes in ticks.
            try await Task.sleep(for: .milliseconds(300))
            let ledger = try stage.ledger()
            results = results.map { id, result in
                (id, result.checked(against: id.flatMap { ledger[$0] }, hasRow: id != nil))
            }
        } catch {
            try await stage.stop()
            throw error
        }
        try await stage.stop()
        return results.map(\.result)
    }

    private func play(_ cell: ChaosCell, on stage: ChaosStage) async throws -> (String?, ChaosResult) {
        let reply = try await stage.chat(
            cell.model,
            fallbacks: Array(cell.models.dropFirst()),
            streams: cell.streams,
            script: cell.script
        )
        let left = try await stage.leftInFlight(cell.models)
        let (calls, _, tokens) = try await stage.calls(of: cell.models)
        var reasons = reply.meaning.reasons(against: cell.expectation)
        if reply.elapsed > .seconds(ChaosStage.requestSecondsMax) + Self.slack {
            reasons.append("later than its deadline")
        }
        if calls > ChaosStage.attemptsMax { reasons.append("\(calls) calls, \(ChaosStage.attemptsMax) are allowed") }
        if left > 0 { reasons.append("\(left) left in flight") }
        if case .error(let status, _) = reply.meaning, status >= 500, reply.headers["retry-after"] == nil,
            reply.headers["x-should-retry"] != "false"
        {
            reasons.append("the client is not told that its retry would be one too many")
        }
        let result = ChaosResult(
            fault: cell.fault.name,
            streamed: cell.streams,
            recovery: cell.recovery.rawValue,
            got: reply.meaning.words,
            calls: calls,
            tokens: tokens,
            milliseconds: Int(reply.elapsed / .milliseconds(1)),
            // For the moment what the client was told; the ledger is compared with it.
            billedUsd: reply.toldCost,
            leftInFlight: left,
            reasons: reasons
        )
        return (reply.headers["x-request-id"], result)
    }
}

// MARK: What is no cell

extension ChaosBench {
    private static func model(for phase: String) -> String { "gone-\(phase)" }

    /// A client that hangs up after 300 ms: nothing of its request may be left, and nothing new may begin.
    private func clientGone(
        _ phase: String,
        _ script: String,
        streams: Bool,
        on stage: ChaosStage
    ) async throws -> ChaosResult {
        let model = Self.model(for: phase)
        let start = ContinuousClock.now
        // The only slot is another request's, for longer than this one waits for it.
        async let holder =
            phase == "queued"
            ? try stage.chat(model, fallbacks: [], streams: false, script: script, patience: .milliseconds(700)) : nil
        if phase == "queued" { try await Task.sleep(for: .milliseconds(200)) }
        let patience = Duration.milliseconds(300)
        _ = try await stage.chat(model, fallbacks: [], streams: streams, script: script, patience: patience)
        _ = try await holder
        let left = try await stage.leftInFlight([model])
        let calls = try await stage.calls(of: [model]).count
        let expected = phase == "connecting" ? 0 : 1
        var reasons = left > 0 ? ["\(left) left in flight"] : []
        if calls != expected { reasons.append("\(calls) calls instead of \(expected)") }
        return ChaosResult(
            fault: "client gone while \(phase)",
            streamed: streams,
            recovery: ChaosCell.Recovery.none.rawValue,
            got: "nothing",
            calls: calls,
            milliseconds: Int(start.duration(to: .now) / .milliseconds(1)),
            leftInFlight: left,
            reasons: reasons
        )
    }

    /// Eleven requests in a row to a single backend that is down: it must not be called once or more for each.
    private func loneBackendDown(on stage: ChaosStage) async throws -> ChaosResult {
        let start = ContinuousClock.now
        var meaning = ChaosReply.Meaning.wrong("nothing")
        for _ in 0..<11 {
            let script = "\(Self.lonely)=503*"
            meaning = try await stage.chat(Self.lonely, fallbacks: [], streams: false, script: script).meaning
        }
        let calls = try await stage.calls(of: [Self.lonely]).count
        return ChaosResult(
            fault: "single backend down, 11 requests",
            streamed: false,
            recovery: ChaosCell.Recovery.none.rawValue,
            got: meaning.words,
            calls: calls,
            milliseconds: Int(start.duration(to: .now) / .milliseconds(1)),
            leftInFlight: try await stage.leftInFlight([Self.lonely]),
            reasons: calls < 11 ? [] : ["it was called \(calls) times: no circuit opened"]
        )
    }
}

extension ChaosResult {
    /// The result with what the ledger says, and what is wrong with that.
    fileprivate func checked(against entry: LedgerEntry?, hasRow: Bool) -> ChaosResult {
        var result = self
        guard let entry else {
            if hasRow { result.reasons.append("no row in the ledger") }
            return result
        }
        let billed = entry.request.cost.dollars
        if let told = billedUsd, abs(told - billed) > 1e-9 {
            result.reasons.append("the client was told $\(told), the ledger has $\(billed)")
        }
        let sum = entry.attempts.reduce(Money.zero) { $0 + $1.cost }
        if sum != entry.request.cost { result.reasons.append("the attempts' costs do not add up to the request's") }
        if !(0...ChaosStage.costMax(calls: calls, tokens: tokens)).contains(billed) {
            result.reasons.append("an absurd bill for \(calls) calls with \(tokens) tokens")
        }
        let isAnswer = got.hasPrefix("answer")
        if isAnswer != entry.request.outcome.isSuccess {
            result.reasons.append("the ledger's outcome is \(entry.request.outcome.rawValue)")
        }
        if isAnswer, billed <= 0 { result.reasons.append("an answer that is not billed") }
        result.attempts = entry.attempts.count
        result.billedUsd = billed
        return result
    }
}

extension ChaosReply.Meaning {
    /// In a few words.
    var words: String {
        switch self {
        case .answer("stop"): "answer"
        case .answer(let reason): "answer, \(reason)"
        case .error(let status, let code): "\(status) \(code ?? "error")"
        case .brokenStream(let hasContent): hasContent ? "part, then an error event" : "an error event"
        case .wrong(let what): what
        }
    }

    /// What speaks against its being what is expected.
    func reasons(against expectation: ChaosCell.Expectation) -> [String] {
        switch (expectation, self) {
        case (.answer, .answer("stop")), (.filtered, .answer("content_filter")), (.brokenStream, .brokenStream): []
        case (.told(let status, let code), .error(let got, let gotCode)) where got == status:
            code == nil || code == gotCode ? [] : ["the code is not \(code ?? "")"]
        case (.error(let statuses), .error(let status, _)) where statuses.contains(status): []
        // What came at once may have been recovered, or told as a whole.
        case (.brokenStream, .answer("stop")), (.brokenStream, .error(429...504, _)): []
        default: ["not \(expectation.words)"]
        }
    }
}

extension ChaosCell.Expectation {
    fileprivate var words: String {
        switch self {
        case .answer: "an answer"
        case .filtered: "an answer that a filter ended"
        case .told(let status, let code): "\(status) \(code ?? "")"
        case .error(let statuses): "an error with \(statuses.sorted().map(String.init).joined(separator: " or "))"
        case .brokenStream: "a stream that ends in an error event"
        }
    }
}
