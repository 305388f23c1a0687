internal import Domain
internal import HTTP
internal import Reactor
internal import Server
internal import Wire

/// A small answer that is ready at once, or the head of one that goes on.
struct Reply {
    let status: Int
    let fields: [UInt8]
    let body: [UInt8]
    /// What follows the head, in place of the body.
    var feed: LiveFeed?

    static func json(_ body: [UInt8], status: Int = 200) -> Reply {
        Reply(status: status, fields: Array("content-type: application/json\r\n".utf8), body: body)
    }

    static func text(_ text: String, status: Int = 200, type: StaticString = "text/plain; charset=utf-8") -> Reply {
        var fields: [UInt8] = []
        fields.appendField("content-type", type)
        return Reply(status: status, fields: fields, body: Array(text.utf8))
    }

    static func error(_ error: APIError) -> Reply {
        Reply(
            status: error.status,
            fields: Array("content-type: application/json\r\n".utf8) + error.fields,
            body: error.body
        )
    }

    /// Says what `path` does not do; `allowed` are the methods that it has, `nil` if there is no such path.
    static func unknown(_ head: RequestHead, allowed: String?) -> Reply {
        guard let allowed else { return .error(.notFound(method: head.methodName, path: head.path)) }
        let refusal = error(.methodNotAllowed(head.methodName, path: head.path, allowed: allowed))
        var fields = refusal.fields
        fields.appendField("allow", text: allowed)
        return Reply(status: refusal.status, fields: fields, body: refusal.body)
    }
}

extension Exchange {
    /// Sends `reply` with `fields` before its own; a client that has gone does not matter.
    func answer(_ reply: Reply, fields: [UInt8]) async {
        do throws(IOError) {
            guard let feed = reply.feed else {
                return try await respond(status: reply.status, fields: fields + reply.fields, body: reply.body)
            }
            try await startStream(status: reply.status, fields: fields + reply.fields)
            if head.method != .head { try await feed.send(to: self) }
            try await finish()
        } catch {
            // The connection is closed already; there is nobody left to tell.
        }
    }
}

extension RequestID {
    /// The header line that names a request: whoever asks about an answer can say which one.
    var field: [UInt8] { Array("x-request-id: \(self)\r\n".utf8) }
}

extension APIError {
    /// The header lines that tell an SDK whether and when to try again.
    var fields: [UInt8] {
        var lines: [UInt8] = []
        lines.append(isRetryable ? "x-should-retry: true\r\n" : "x-should-retry: false\r\n")
        if let seconds = retryAfterSeconds { lines.appendField("retry-after", Int(seconds)) }
        return lines
    }
}

extension RequestHead {
    /// The method as it came, for messages.
    fileprivate var methodName: String { String(decoding: methodBytes, as: UTF8.self) }

    /// Whether only what is there is asked for.
    var isReading: Bool { method == .get || method == .head }
}

extension String {
    /// The text with `%41` read as `A`; `nil` if an escape is broken.
    var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
