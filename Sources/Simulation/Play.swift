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
    private var performance: Performance

    init(of script: Script, for request: InferenceRequest, _ performance: Performance) {
        self.script = script
        self.request = request
        self.performance = performance
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
        try await exchange.respondJSON(writer.body(script.choices, usage: script.usage))
    }

    private mutating func stream(to exchange: Exchange) async throws(IOError) {
        let pieces = pieces
        let count = pieces.map(\.count).max() ?? 0
        let played = piecesBeforeFailure(of: count)
        var time = performance.timeToFirstToken
        try await exchange.loop.sleep(for: time, after: exchange.receivedAt)
        var pending: [UInt8] = []
        if request.endpoint == .chat {
            for (index, choice) in script.choices.enumerated() where choice.call == nil {
                writer.append(.opening, index: index, to: &pending)
            }
        }
        for round in 0..<played {
            let gap = round > 0 ? performance.nextGap() : .zero
            if gap > .zero || pending.count > Self.writeBytesMax {
                try await exchange.send(&pending)
                time += gap
                try await exchange.loop.sleep(for: time, after: exchange.receivedAt)
            }
            for (index, choice) in pieces.enumerated() where round < choice.count {
                writer.append(choice[round], index: index, to: &pending)
                guard round == choice.count - 1 else { continue }
                writer.append(.end(script.choices[index].finishReason), index: index, to: &pending)
            }
        }
        try await end(pending, isWhole: played == count, exchange)
    }

    /// Ends a whole stream, or fails one as it was drawn.
    private func end(_ pending: [UInt8], isWhole: Bool, _ exchange: Exchange) async throws(IOError) {
        var pending = pending
        if isWhole {
            if request.wantsUsage { writer.append(script.usage, to: &pending) }
            AnswerWriter.appendDone(to: &pending)
        }
        try await exchange.send(&pending)
        if isWhole { return try await exchange.finish() }
        // Returning from a stream that is not finished makes the server reset the connection: that is the cut.
        if case .stalled = performance.fate { try await exchange.loop.sleep(until: .never) }
    }

    /// What each choice adds piece by piece, its opening and its end left out.
    private var pieces: [[AnswerWriter.Piece]] {
        script.choices.map { choice in
            guard let call = choice.call else { return choice.tokens.map { .token($0) } }
            return [.call(call)] + SchemaSample.pieces(of: call.arguments).map { .arguments($0) }
        }
    }

    /// How many rounds of `count` are played: all but one at most where a failure was drawn.
    private func piecesBeforeFailure(of count: Int) -> Int {
        switch performance.fate {
        case .cut(let tokens), .stalled(let tokens): min(tokens, max(0, count - 1))
        case .answered, .refused: count
        }
    }
}
