public import Domain
internal import HTTP

extension InferenceRequest {
    /// Whether a stream that answers it may be gone on with: one answer, of text that need not be of a form.
    public var isResumable: Bool {
        guard streams, generationCount == 1 else { return false }
        switch endpoint {
        case .chat: return document["response_format"]?.isNull ?? true
        case .completions:
            let isPlain = (["suffix", "echo", "logprobs"] as [StaticString]).allSatisfy { document[$0]?.isNull ?? true }
            return isPlain && document["prompt"]?.kind == .string
        case .embeddings: return false
        }
    }

    /// The request for the rest of an answer whose beginning `written` is.
    ///
    /// - Parameters:
    ///   - written: What was written so far.
    ///   - tokens: How many tokens that is, about; they go off the client's limit.
    ///   - prefill: How the model that is asked wants to be told.
    ///   - jsonDepthMax: As for the request itself.
    /// - Returns: `nil` where there is no way: see ``isResumable``, or the limit is reached, or nothing can be prefilled.
    public func resuming(
        after written: Transcript,
        tokens: Int,
        by prefill: Model.Prefill,
        jsonDepthMax: Int
    ) -> InferenceRequest? {
        guard isResumable, let text = written.plainText, !text.isEmpty else { return nil }
        var changes: [(key: StaticString, value: [UInt8]?)] = []
        if endpoint == .chat {
            guard prefill != .none, let messages = document["messages"] else { return nil }
            changes.append(
                ("messages", document.rawBytes(of: messages).dropLast() + Self.message(text, prefill) + Array("]".utf8))
            )
        } else if let prompt = document["prompt"] {
            changes.append(("prompt", document.rawBytes(of: prompt).dropLast() + text + Array("\"".utf8)))
        }
        if prefill == .continueFinalMessage, endpoint == .chat {
            changes.append(("continue_final_message", Array("true".utf8)))
            changes.append(("add_generation_prompt", Array("false".utf8)))
        }
        if let limit = outputTokensMax {
            guard limit > tokens else { return nil }
            changes += limiting(to: limit - tokens, key: "max_tokens")
        }
        let body = document.replacing(changes)
        return try? InferenceRequest(body, endpoint: endpoint, jsonDepthMax: jsonDepthMax)
    }

    /// The assistant's message with `text`, which is escaped, after a comma.
    private static func message(_ text: [UInt8], _ prefill: Model.Prefill) -> [UInt8] {
        var message: [UInt8] = []
        message.append(#",{"role":"assistant","content":""#)
        message += text
        message.append(prefill == .prefix ? #"","prefix":true}"# : #""}"#)
        return message
    }
}
