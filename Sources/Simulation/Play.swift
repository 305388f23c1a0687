internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Server
internal import Wire

/// A script as it is performed: each piece at its time, whole or as a stream, up to its end or its failure.
struct Play {
    /// Pieces that are due at once are sent together, up to this many bytes.
    private static let writeBytesMax = 16_384

    private let request: InferenceRequest
    private let script: Script
    private let writer: AnswerWriter
    private let fault: SimulatedFault
    private let tally: ModelTally
    private var performance: Performance

    init(
        of script: Script,
        for request: InferenceRequest,
        _ performance: Performance,
        _ fault: SimulatedFault,
        _ tally: ModelTally
    ) {
        self.script = if case .contentFilter(let count) = fault { script.filtered(afterTokens: count) } else { script }
        self.request = request
        self.performance = performance
        self.fault = fault
        self.tally = tally
        let prefix = request.endpoint == .chat ? "chatcmpl" : "cmpl"
        writer = AnswerWriter(
            endpoint: request.endpoint,
            id: "\(prefix)-\(String(self.performance.drawBits(), radix: 36))",
            created: Int(WallClock.unixMilliseconds / 1000),
            model: request.model,
            systemFingerprint: "simulated",
            showsLogprobs: script.showsLogprobs,
            reportsUsage: request.wantsUsage
        )
    }

    mutating func run(on exchange: Exchange) async throws(IOError) {
        if request.streams { try await stream(to: exchange) } else { try await answer(exchange) }
    }

    private mutating func answer(_ exchange: Exchange) async throws(IOError) {
        var time = performance.timeToFirstToken
        let length = script.choices.map(\.tokens.count).max() ?? 1
        for _ in 1..<max(1, length) { time += performance.nextGap() }
        try await exchange.loop.sleep(for: time, after: exchange.receivedAt)
        tally.count(tokens: script.usage.output)
        try await exchange.send(whole: writer.body(script.choices, usage: script.usage), fault)
    }

    private mutating func stream(to exchange: Exchange) async throws(IOError) {
        let pieces = pieces
        let count = pieces.map(\.count).max() ?? 0
        let played = roundsBeforeFailure(of: count)
        var time = performance.timeToFirstToken
        try await exchange.loop.sleep(for: time, after: exchange.receivedAt)
        var pending: [UInt8] = []
        if request.endpoint == .chat {
            for (index, choice) in script.choices.enumerated() where choice.call == nil {
                writer.append(.opening, index: index, to: &pending)
            }
        }
        for round in 0..<played {
            let gap = round > 0 ? gap() : .zero
            if gap > .zero || pending.count > Self.writeBytesMax, !isDripping {
                try await exchange.send(&pending)
                time += gap
                try await exchange.loop.sleep(for: time, after: exchange.receivedAt)
            }
            if case .malformed(let tokens) = fault, round == min(tokens, count - 1) {
                pending.append("data: {\"id\":\"chatcmpl-\",\"choi\n\n")
            }
            appendRound(round, of: pieces, to: &pending)
        }
        try await end(pending, exchange)
    }

    /// Ends a whole stream, or fails one.
    private func end(_ pending: [UInt8], _ exchange: Exchange) async throws(IOError) {
        var pending = pending
        switch fault {
        // Returning from a stream that is not finished makes the server reset the connection: that is the cut.
        case .cut: return try await exchange.send(&pending)
        case .stall:
            try await exchange.send(&pending)
            return try await exchange.loop.sleep(until: .never)
        case .errorEvent:
            pending.append("data: ")
            pending += APIError.simulated(status: 429).body
            pending.append("\n\n")
        case .truncated: pending.append("data: {\"id\":\"chatcmpl-")
        default: appendEnding(to: &pending)
        }
        if case .drip(let milliseconds) = fault {
            try await exchange.drip(pending, fields: Exchange.streamFields, every: .milliseconds(milliseconds))
        } else {
            try await exchange.send(&pending)
        }
        try await exchange.finish()
    }

    private func appendEnding(to pending: inout [UInt8]) {
        if request.wantsUsage, fault != .noUsage {
            writer.append(script.usage, to: &pending)
            if fault == .wrongUsage { pending.contradictUsage(closing: "}\n\n") }
        }
        if fault != .noDone { AnswerWriter.appendDone(to: &pending) }
        guard fault == .afterDone else { return }
        writer.append(.token(GeneratedToken(" again", logprob: 0)), index: 0, to: &pending)
        AnswerWriter.appendDone(to: &pending)
        pending.append("data: garbage\n\n")
    }

    /// What each choice adds in `round`; an endless answer begins anew after its last piece and never says that it ends.
    private func appendRound(_ round: Int, of pieces: [[AnswerWriter.Piece]], to pending: inout [UInt8]) {
        for (index, choice) in pieces.enumerated() where round < choice.count || fault == .endless && !choice.isEmpty {
            tally.count(tokens: 1)
            writer.append(choice[round % choice.count], index: index, to: &pending)
            guard round == choice.count - 1, fault != .endless else { continue }
            writer.append(.end(script.choices[index].finishReason), index: index, to: &pending)
        }
    }

    /// What each choice adds piece by piece, its opening and its end left out.
    private var pieces: [[AnswerWriter.Piece]] {
        script.choices.map { choice in
            guard let call = choice.call else { return choice.tokens.map { .token($0) } }
            return [.call(call)] + SchemaSample.pieces(of: call.arguments).map { .arguments($0) }
        }
    }

    private var isDripping: Bool { if case .drip = fault { true } else { false } }

    /// The time to the next piece: none where bytes drip one by one, and some where an answer never ends.
    private mutating func gap() -> Duration {
        let gap = performance.nextGap()
        if isDripping { return .zero }
        return fault == .endless ? max(gap, .milliseconds(1)) : gap
    }

    /// How many rounds of `count` are played: all but one at most where a failure ends them.
    private func roundsBeforeFailure(of count: Int) -> Int {
        switch fault {
        case .cut(let tokens), .stall(let tokens), .errorEvent(let tokens): min(tokens, max(0, count - 1))
        case .truncated: count / 2
        case .endless: .max
        default: count
        }
    }
}
