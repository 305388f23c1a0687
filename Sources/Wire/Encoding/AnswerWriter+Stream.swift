public import Domain
internal import HTTP

extension AnswerWriter {
    /// Appends the event that adds `piece` to the choice at `index`.
    public func append(_ piece: Piece, index: Int, to stream: inout [UInt8]) {
        appendEvent(to: &stream) { chunk in
            chunk.array("choices") { choices in
                choices.object { choice in
                    choice.member("index", index)
                    if isChat {
                        choice.object("delta") { write(piece, to: &$0) }
                    } else if case .token(let token) = piece {
                        choice.member("text", token.text)
                    } else {
                        choice.member("text", "")
                    }
                    if case .token(let token) = piece {
                        writeLogprobs(of: [token], to: &choice)
                    } else {
                        choice.key("logprobs")
                        choice.null()
                    }
                    if case .end(let reason) = piece {
                        choice.member("finish_reason", reason.rawValue)
                    } else {
                        choice.member("finish_reason", nil)
                    }
                }
            }
            if reportsUsage { chunk.member("usage", nil) }
        }
    }

    private func write(_ piece: Piece, to delta: inout JSONWriter) {
        switch piece {
        case .opening:
            delta.member("role", "assistant")
            delta.member("content", "")
        case .token(let token):
            delta.member("content", token.text)
        case .call(let call):
            delta.member("role", "assistant")
            delta.member("content", nil)
            delta.array("tool_calls") { calls in
                calls.object { object in
                    object.member("index", 0)
                    object.member("id", call.id)
                    object.member("type", "function")
                    object.object("function") { function in
                        function.member("name", call.name)
                        function.member("arguments", "")
                    }
                }
            }
        case .arguments(let part):
            delta.array("tool_calls") { calls in
                calls.object { object in
                    object.member("index", 0)
                    object.object("function") { $0.member("arguments", part) }
                }
            }
        case .end:
            break
        }
    }

    /// Appends the last chunk for a client that asked for usage: no choices, and the counts.
    public func append(_ usage: TokenUsage, to stream: inout [UInt8]) {
        appendEvent(to: &stream) { chunk in
            chunk.array("choices") { _ in }
            usage.write(to: &chunk, key: "usage")
        }
    }

    /// Appends `[DONE]`, which ends a stream.
    public static func appendDone(to stream: inout [UInt8]) { stream.append("data: [DONE]\n\n") }

    private func appendEvent(to stream: inout [UInt8], _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object { chunk in
            writeHead(isChunk: true, to: &chunk)
            body(&chunk)
        }
        stream.append("data: ")
        stream += writer.bytes
        stream.append("\n\n")
    }
}
