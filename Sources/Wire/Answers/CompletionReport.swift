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

    /// Reads `body`, the answer to a chat, a completion or embeddings with a status of 2xx.
    ///
    /// - Parameter jsonDepthMax: How many objects and arrays may be open at once.
    /// - Throws: ``UpstreamError`` if it is not a JSON object, or one with a truthy `error`.
    public init(_ body: [UInt8], jsonDepthMax: Int) throws(UpstreamError) {
        let document: JSONDocument
        do { document = try JSONDocument(parsing: body, depthMax: jsonDepthMax) } catch {
            throw UpstreamError(kind: .malformed, message: error.message, type: nil, code: nil)
        }
        if let error = document.reportedError { throw UpstreamError(error, in: document, status: nil) }
        if let object = document["object"], document.equals(object, "error") {
            throw UpstreamError(document, status: nil)
        }
        usage = document["usage"].flatMap { TokenUsage($0, in: document) }
        model = document["model"].flatMap { document.excerpt(of: $0, bytesMax: 256) }
        guard let choices = document["choices"] else { return }
        for choice in document.elements(of: choices) { read(choice, of: document) }
    }

    private mutating func read(_ choice: JSONValue, of document: JSONDocument) {
        for member in document.members(of: choice) {
            if document.equals(member.key, "message") || document.equals(member.key, "text") {
                contentBytes += document.generatedBytes(in: member.value)
            } else if document.equals(member.key, "finish_reason") {
                if let reason = document.finishReason(of: member.value) { finishReasons.append(reason) }
            }
        }
    }
}
