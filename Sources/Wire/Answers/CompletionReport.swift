public import Domain
internal import HTTP

/// What a whole (not streamed) answer says about itself: what the ledger and the client's headers need.
public struct CompletionReport: Hashable, Sendable {
    /// The tokens it took, if the backend said so.
    public private(set) var usage: TokenUsage?
    /// The model that says it answered, at most 256 bytes of its name.
    public private(set) var model: String?
    /// Why each choice ended, in the order of the body.
    public private(set) var finishReasons: [FinishReason] = []
    /// Bytes of generated text and tool calls, for an estimate where ``usage`` is missing.
    public private(set) var contentBytes = 0

    /// What was written; `nil` where nobody needs it.
    public private(set) var transcript: Transcript?

    /// Reads `body`, a whole answer of `endpoint` with a status of 2xx, at most `jsonDepthMax` objects and arrays deep.
    ///
    /// What was written is kept in `transcript`; `nil` keeps none.
    ///
    /// - Throws: ``BackendError`` if it is not a JSON object with the endpoint's results, or one with a truthy `error`.
    public init(
        _ body: [UInt8],
        endpoint: Model.Endpoint,
        jsonDepthMax: Int,
        transcript: Transcript? = nil
    ) throws(BackendError) {
        self.transcript = transcript
        let document: JSONDocument
        do { document = try JSONDocument(parsing: body, depthMax: jsonDepthMax) } catch {
            throw BackendError(kind: .malformed, message: error.message)
        }
        if let error = document.failure { throw error }
        let key = endpoint.resultsKey
        guard let results = document[key], results.kind == .array else {
            throw BackendError(kind: .malformed, message: "the answer has no `\(key)`")
        }
        usage = document["usage"].flatMap { TokenUsage($0, in: document) }
        model = document["model"].flatMap { document.excerpt(of: $0, bytesMax: 256) }
        guard endpoint != .embeddings else { return }
        var text = GeneratedText(keepingStrings: transcript != nil)
        for (index, choice) in document.elements(of: results).enumerated() { read(choice, index, of: document, &text) }
        contentBytes = text.bytes
    }

    private mutating func read(
        _ choice: JSONValue,
        _ index: Int,
        of document: JSONDocument,
        _ text: inout GeneratedText
    ) {
        for member in document.members(of: choice) {
            if document.equals(member.key, "message") || document.equals(member.key, "text") {
                document.count(member.value, in: &text)
                let content = document.content(of: member.value)
                transcript?.append(&text, ofChoice: index, content: content, in: document)
            } else if document.equals(member.key, "finish_reason") {
                if let reason = document.finishReason(of: member.value) { finishReasons.append(reason) }
            }
        }
    }
}

extension Model.Endpoint {
    /// The member of an answer that holds what was asked for.
    fileprivate var resultsKey: StaticString {
        switch self {
        case .chat, .completions: "choices"
        case .embeddings: "data"
        }
    }
}
