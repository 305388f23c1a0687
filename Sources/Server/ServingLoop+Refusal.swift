internal import HTTP
internal import Reactor

extension ServingLoop {
    /// The instant `duration` from this turn on.
    func deadline(after duration: Duration) -> Instant { loop.now.advanced(by: duration) }

    /// Answers what is no request with `status`, and closes so that the client can read that.
    func refuse(_ socket: Socket, status: Int, message: String) async {
        if status != 503 { counters.count(Refusal(status: status)) }
        let body = errorBody(message, type: status < 500 ? "invalid_request_error" : "server_error")
        var answer: [UInt8] = []
        answer.appendStatusLine(status)
        answer.append(contentsOf: dateLine())
        answer.append("content-type: application/json\r\nconnection: close\r\n")
        answer.append(contentsOf: handler.fieldsOfRefusal(status: status, reason: message, on: loop))
        answer.appendField("content-length", body.count)
        answer.appendHeadEnd()
        answer.append(contentsOf: body)
        do throws(IOError) {
            // A client that leaves no room for these few bytes does not read.
            let transfer = try answer.withUnsafeBufferPointer { (bytes) throws(IOError) -> Socket.Transfer in
                try socket.write(UnsafeRawBufferPointer(bytes))
            }
            if case .bytes(let count) = transfer { counters.bytesOut.add(count) }
        } catch {
            return
        }
        await linger(socket, isExpectingMore: true)
    }

    /// Answers in the stead of a handler that gave no answer.
    func answerForHandler(_ exchange: Exchange) async {
        let reason = "the server gave no answer"
        var fields: [UInt8] = []
        fields.append("content-type: application/json\r\n")
        fields += handler.fieldsOfRefusal(status: 500, reason: reason, on: loop)
        do throws(IOError) {
            try await exchange.respond(
                status: 500,
                fields: fields,
                body: errorBody(reason, type: "server_error")
            )
        } catch {
            // The exchange is broken, and whoever asks sees that.
        }
    }

    /// Ends the answer, and drops what the client still sends: a close with bytes unread is a reset, which can destroy
    /// an answer that the client has not read yet (RFC 9112, §9.6).
    ///
    /// Where none are there it waits for some, if `isExpectingMore`.
    func linger(_ socket: Socket, isExpectingMore: Bool) async {
        socket.shutdownWriting()
        var isExpectingMore = isExpectingMore
        let deadline = deadline(after: limits.lingerDurationMax)
        do throws(IOError) {
            while loop.now < deadline {
                switch try socket.read(into: scratch) {
                case .bytes:
                    isExpectingMore = true
                    await Task.yield()
                case .wouldBlock:
                    guard isExpectingMore else { return }
                    try await socket.waitUntilReadable(deadline: deadline)
                case .end: return
                }
            }
        } catch {
            // The client is gone or too slow: there is nobody left to wait for.
        }
    }
}

/// An error as OpenAI's API writes one.
func errorBody(_ message: String, type: StaticString) -> [UInt8] {
    var body: [UInt8] = []
    body.append("{\"error\":{\"message\":")
    body.appendJSONString(message)
    body.append(",\"type\":\"")
    body.append(type)
    body.append("\",\"param\":null,\"code\":null}}\n")
    return body
}
