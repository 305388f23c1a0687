/// Plays the matrix and judges what came of it.
struct ChaosBench: Sendable {
    /// Beyond the gateway's own patience, for the machine's sake.
    private static let slack = Duration.seconds(2)

    let cells: [ChaosCell]
    /// Cells at a time.
    let parallel: Int

    /// Plays everything; `note` hears of each result as it comes.
    func run(_ note: @escaping @Sendable (ChaosResult) -> Void) async throws -> [ChaosResult] {
        let stage = try await ChaosStage(
            cells: cells,
            sound: [Self.lonely] + ChaosDeparture.all.filter { $0.phase != .connecting }.map(\.model),
            hanging: ChaosDeparture.all.filter { $0.phase == .connecting }.map(\.model)
        )
        let results: [ChaosResult]
        do {
            results = try await playAll(on: stage, note)
        } catch {
            try await stage.stop()
            throw error
        }
        try await stage.stop()
        return results
    }

    private func playAll(
        on stage: ChaosStage,
        _ note: @escaping @Sendable (ChaosResult) -> Void
    ) async throws -> [ChaosResult] {
        var results = try await playCells(on: stage, note)
        results.append(try await loneBackendDown(on: stage))
        for departure in ChaosDeparture.all { results.append(try await play(departure, on: stage)) }
        // The ledger writes in ticks.
        try await Task.sleep(for: .milliseconds(300))
        let accounts = try await stage.accounts()
        return results.map { $0.audited(by: accounts[$0.tag] ?? ChaosAccount()) }
    }

    private func playCells(
        on stage: ChaosStage,
        _ note: @escaping @Sendable (ChaosResult) -> Void
    ) async throws -> [ChaosResult] {
        try await withThrowingTaskGroup(of: (Int, ChaosResult).self) { group in
            var found = [ChaosResult?](repeating: nil, count: cells.count)
            for (index, cell) in cells.enumerated() {
                if index >= parallel, let (place, result) = try await group.next() {
                    found[place] = result
                    note(result)
                }
                group.addTask { (index, try await play(cell, on: stage)) }
            }
            for try await (place, result) in group {
                found[place] = result
                note(result)
            }
            return found.compactMap(\.self)
        }
    }

    private func play(_ cell: ChaosCell, on stage: ChaosStage) async throws -> ChaosResult {
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
        return ChaosResult(
            tag: cell.model,
            fault: cell.fault.name,
            streamed: cell.streams,
            recovery: cell.recovery.rawValue,
            got: reply.meaning.words,
            calls: calls,
            tokens: tokens,
            milliseconds: Int(reply.elapsed / .milliseconds(1)),
            billedUsd: reply.toldCost,
            leftInFlight: left,
            reasons: reasons
        )
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
