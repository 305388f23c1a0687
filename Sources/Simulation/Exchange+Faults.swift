internal import Configuration
internal import HTTP
internal import Reactor
internal import Server
internal import Wire

extension Exchange {
    private static let endlessBytes = [UInt8](repeating: 0x20, count: 16_384)
    /// How long an endless body rests between two pieces: 16 KiB each make 3 MiB a second.
    private static let endlessGap = Duration.milliseconds(5)

    /// Sends the JSON of a whole answer, with what goes wrong with it.
    func send(whole body: [UInt8], _ fault: SimulatedFault) async throws(IOError) {
        let fields = Self.fields("application/json")
        var body = body
        switch fault {
        case .cut(let tokens), .stall(let tokens):
            let first = tokens == 0 ? [] : body.prefix(body.count / 2)
            try await startStream(status: 200, fields: fields, first: first)
            // Returning from an answer that is not finished makes the server reset the connection.
            if case .stall = fault { try await loop.sleep(until: .never) }
        case .malformed: try await respondJSON(body.prefix(body.count / 2) + Array(#"}{"not"#.utf8))
        case .truncated: try await respondJSON(Array(body.prefix(body.count / 2)))
        case .errorEvent: try await respondJSON(APIError.simulated(status: 429).body)
        case .endless:
            try await startStream(status: 200, fields: fields, first: body.dropLast())
            while true {
                try await write(Self.endlessBytes)
                try await loop.sleep(until: Instant.now.advanced(by: Self.endlessGap))
            }
        case .drip(let milliseconds):
            try await drip(body, fields: fields, every: .milliseconds(milliseconds))
            try await finish()
        case .noUsage:
            if let usage = body.lastUsage { body.replaceSubrange(usage..., with: [0x7D]) }
            try await respondJSON(body)
        case .wrongUsage:
            body.contradictUsage(closing: "}")
            try await respondJSON(body)
        case .none, .status, .silence, .hangUp, .delay, .contentFilter, .wrongContentType, .contextExceeded,
            .contentRefused, .noDone, .afterDone:
            try await respondJSON(body)
        }
    }

    /// Sends a body byte by byte; the caller finishes it.
    func drip(_ body: [UInt8], fields: [UInt8], every gap: Duration) async throws(IOError) {
        try await startStream(status: 200, fields: fields)
        for index in body.indices {
            try await write(body[index...index])
            if gap > .zero { try await loop.sleep(until: Instant.now.advanced(by: gap)) }
        }
    }
}

extension [UInt8] {
    /// Where the last usage begins, its comma included: an answer's, or a stream's last event's, ends with it.
    fileprivate var lastUsage: Int? {
        let name = Array(#","usage":"#.utf8)
        return indices.dropLast(name.count - 1).last { self[$0...].starts(with: name) }
    }

    /// Replaces the last usage by one that cannot be.
    mutating func contradictUsage(closing end: StaticString) {
        guard let usage = lastUsage else { return }
        let wrong = #","usage":{"prompt_tokens":-3,"completion_tokens":1000000000000,"total_tokens":7}"#
        replaceSubrange(usage..., with: Array(wrong.utf8))
        append(end)
    }
}
