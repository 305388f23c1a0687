public import Domain
internal import HTTP

/// Writes answers as OpenAI's chat and completions APIs word them: whole, or as the chunks of a stream.
public struct AnswerWriter: Sendable {
    /// A piece of one choice: what a chunk of a stream adds.
    public enum Piece: Hashable, Sendable {
        /// Who speaks: the first chunk of a chat's choice; completions have none.
        case opening
        /// One more token.
        case token(GeneratedToken)
        /// A call without its arguments; chats only.
        case call(GeneratedCall)
        /// A part of a call's arguments; chats only.
        case arguments(String)
        /// The end.
        case end(FinishReason)
    }

    let isChat: Bool
    let id: String
    let created: Int
    let model: String
    let systemFingerprint: String
    let showsLogprobs: Bool
    let reportsUsage: Bool

    /// A writer of one request's answer.
    ///
    /// - Parameters:
    ///   - endpoint: Chat or completions.
    ///   - id: The same in all chunks.
    ///   - created: Unix time in seconds, the same in all chunks.
    ///   - model: The model that answers.
    ///   - systemFingerprint: Which build of it.
    ///   - showsLogprobs: Whether tokens come with their probabilities.
    ///   - reportsUsage: Whether the client of a stream asked for usage: then all chunks have the member.
    public init(
        endpoint: Model.Endpoint,
        id: String,
        created: Int,
        model: String,
        systemFingerprint: String,
        showsLogprobs: Bool,
        reportsUsage: Bool
    ) {
        isChat = endpoint == .chat
        self.id = id
        self.created = created
        self.model = model
        self.systemFingerprint = systemFingerprint
        self.showsLogprobs = showsLogprobs
        self.reportsUsage = reportsUsage
    }

    /// The body of a whole answer.
    public func body(_ choices: [GeneratedChoice], usage: TokenUsage) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { body in
            writeHead(isChunk: false, to: &body)
            body.array("choices") { array in
                for (index, choice) in choices.enumerated() { write(choice, index: index, to: &array) }
            }
            usage.write(to: &body, key: "usage")
        }
        return writer.bytes
    }

    private func write(_ choice: GeneratedChoice, index: Int, to writer: inout JSONWriter) {
        let text = choice.tokens.reduce(into: "") { $0 += $1.text }
        writer.object { object in
            object.member("index", index)
            if isChat {
                object.object("message") { message in
                    message.member("role", "assistant")
                    message.member("content", choice.call == nil ? text : nil)
                    message.member("refusal", nil)
                    if let call = choice.call { message.array("tool_calls") { write(call, to: &$0) } }
                }
            } else {
                object.member("text", text)
            }
            writeLogprobs(of: choice.tokens, to: &object)
            object.member("finish_reason", choice.finishReason.rawValue)
        }
    }

    private func write(_ call: GeneratedCall, to writer: inout JSONWriter) {
        writer.object { object in
            object.member("id", call.id)
            object.member("type", "function")
            object.object("function") { function in
                function.member("name", call.name)
                function.member("arguments", call.arguments)
            }
        }
    }

    func writeHead(isChunk: Bool, to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("object", isChat ? isChunk ? "chat.completion.chunk" : "chat.completion" : "text_completion")
        writer.member("created", created)
        writer.member("model", model)
        writer.member("system_fingerprint", systemFingerprint)
    }

    func writeLogprobs(of tokens: [GeneratedToken], to writer: inout JSONWriter) {
        writer.key("logprobs")
        guard showsLogprobs else { return writer.null() }
        writer.object { logprobs in
            if isChat { writeContent(of: tokens, to: &logprobs) } else { writeLists(of: tokens, to: &logprobs) }
        }
    }

    /// The chat API's shape: an object for each token.
    private func writeContent(of tokens: [GeneratedToken], to logprobs: inout JSONWriter) {
        logprobs.array("content") { array in
            for token in tokens {
                array.object { object in
                    object.member("token", token.text)
                    object.member("logprob", token.logprob)
                    object.array("bytes") { bytes in
                        for byte in token.text.utf8 { bytes.value(Int(byte)) }
                    }
                    object.array("top_logprobs") { _ in }
                }
            }
        }
        logprobs.member("refusal", nil)
    }

    /// The completions API's shape: a list for each property.
    private func writeLists(of tokens: [GeneratedToken], to logprobs: inout JSONWriter) {
        logprobs.array("tokens") { array in for token in tokens { array.value(token.text) } }
        logprobs.array("token_logprobs") { array in for token in tokens { array.value(token.logprob) } }
        logprobs.member("top_logprobs", nil)
        logprobs.array("text_offset") { array in
            var offset = 0
            for token in tokens {
                array.value(offset)
                offset += token.text.count
            }
        }
    }
}

extension TokenUsage {
    /// Writes the counts in the names of the chat API.
    func write(to writer: inout JSONWriter, key: StaticString) {
        writer.object(key) { writeMembers(to: &$0) }
    }

    /// Writes the counts into an object that is open.
    func writeMembers(to usage: inout JSONWriter) {
        usage.member("prompt_tokens", input)
        usage.member("completion_tokens", output)
        usage.member("total_tokens", total)
        usage.object("prompt_tokens_details") { $0.member("cached_tokens", cachedInput) }
        usage.object("completion_tokens_details") { $0.member("reasoning_tokens", reasoning) }
    }
}
