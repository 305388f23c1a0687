/// What is no cell: one backend that is down for many requests, and clients that go away.
extension ChaosBench {
    /// The model of ``loneBackendDown(on:)``.
    static let lonely = "lonely"

    /// Eleven requests in a row to a single backend that is down: it must not be called once or more for each.
    func loneBackendDown(on stage: ChaosStage) async throws -> ChaosResult {
        let start = ContinuousClock.now
        var meaning = ChaosReply.Meaning.wrong("nothing")
        for _ in 0..<11 {
            let script = "\(Self.lonely)=503*"
            meaning = try await stage.chat(Self.lonely, fallbacks: [], streams: false, script: script).meaning
        }
        let calls = try await stage.calls(of: [Self.lonely]).count
        return ChaosResult(
            tag: Self.lonely,
            fault: "single backend down, 11 requests",
            streamed: false,
            recovery: ChaosCell.Recovery.none.rawValue,
            requests: 11,
            got: meaning.words,
            calls: calls,
            milliseconds: Int(start.duration(to: .now) / .milliseconds(1)),
            leftInFlight: try await stage.leftInFlight([Self.lonely]),
            reasons: calls < 11 ? [] : ["it was called \(calls) times: no circuit opened"]
        )
    }

    /// A client that hangs up: nothing of its request may be left, and nothing new may begin.
    func play(_ departure: ChaosDeparture, on stage: ChaosStage) async throws -> ChaosResult {
        let (model, streams, script) = (departure.model, departure.streams, departure.script)
        let isQueued = departure.phase == .queued
        let start = ContinuousClock.now
        // The only slot is another request's, for longer than this one waits for it.
        async let holder =
            isQueued
            ? try stage.chat(model, fallbacks: [], streams: streams, script: script, patience: .milliseconds(700)) : nil
        if isQueued { try await Task.sleep(for: .milliseconds(200)) }
        let patience = Duration.milliseconds(300)
        _ = try await stage.chat(model, fallbacks: [], streams: streams, script: script, patience: patience)
        _ = try await holder
        let left = try await stage.leftInFlight([model])
        let (calls, _, tokens) = try await stage.calls(of: [model])
        let expected = departure.phase == .connecting ? 0 : 1
        var reasons = left > 0 ? ["\(left) left in flight"] : []
        if calls != expected { reasons.append("\(calls) calls instead of \(expected)") }
        return ChaosResult(
            tag: model,
            fault: "client gone while \(departure.phase.rawValue)",
            streamed: streams,
            recovery: ChaosCell.Recovery.none.rawValue,
            requests: isQueued ? 2 : 1,
            got: "nothing",
            calls: calls,
            tokens: tokens,
            milliseconds: Int(start.duration(to: .now) / .milliseconds(1)),
            leftInFlight: left,
            reasons: reasons
        )
    }
}

/// A client that goes away, and when.
struct ChaosDeparture: Sendable {
    enum Phase: String, CaseIterable, Sendable {
        case queued, connecting, waiting
        /// Some of the answer has come.
        case receiving
    }

    let phase: Phase
    let streams: Bool

    static let all = Phase.allCases.flatMap { phase in [false, true].map { ChaosDeparture(phase: phase, streams: $0) } }

    var model: String { "gone-\(phase.rawValue)-\(streams ? "streamed" : "whole")" }

    /// What the backend does by then.
    var script: String {
        switch phase {
        case .connecting: "ok"
        case .queued, .waiting: "silence*"
        case .receiving: streams ? "endless*" : "drip:20*"
        }
    }
}
