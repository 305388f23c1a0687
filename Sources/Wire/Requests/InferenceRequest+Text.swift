internal import Domain
internal import HTTP

extension InferenceRequest {
    /// The text that routing scores, at most `bytesMax` bytes of either part.
    ///
    /// A chat is judged by what its last `user` message asks, or its last message where no user speaks, and by its
    /// `system` and `developer` messages. Completions and embeddings are judged by all their texts. What was cut ends at
    /// a whole character; text that stands for no characters (lone surrogates) is left out.
    public func promptText(bytesMax: Int) -> PromptText {
        var system = BoundedText(bytesMax: bytesMax)
        var prompt = BoundedText(bytesMax: bytesMax)
        guard let value = document[endpoint.promptKey] else { return PromptText(system: system, prompt: prompt) }
        switch endpoint {
        case .chat:
            let asked = read(messages: value, system: &system)
            if let asked { append(content: asked, to: &prompt) }
        case .completions, .embeddings:
            append(content: value, to: &prompt)
        }
        return PromptText(system: system, prompt: prompt)
    }

    /// All the text that the model reads, for those who count its tokens.
    public var promptContents: PromptContents {
        // It was read before, when the request was decoded.
        guard let size = try? PromptSize(of: document, endpoint: endpoint, keepingTexts: true) else {
            return PromptContents()
        }
        return PromptContents(
            texts: size.texts.map { value in
                let text = (try? document.stringBytes(of: value)) ?? document.rawBytes(of: value)
                return String(decoding: text, as: UTF8.self)
            },
            tokenCount: size.tokenCount,
            messageCount: size.messageCount
        )
    }

    /// Collects what the system says, and returns the content of the message that asks.
    private func read(messages: JSONValue, system: inout BoundedText) -> JSONValue? {
        var last: JSONValue?
        var lastOfUser: JSONValue?
        for message in document.elements(of: messages) {
            var role: JSONValue?
            var content: JSONValue?
            for member in document.members(of: message) {
                if document.equals(member.key, "role") { role = member.value }
                if document.equals(member.key, "content") { content = member.value }
            }
            guard let role, let content, !content.isNull else { continue }
            if document.equals(role, "system") || document.equals(role, "developer") {
                append(content: content, to: &system)
                continue
            }
            last = content
            if document.equals(role, "user") { lastOfUser = content }
        }
        return lastOfUser ?? last
    }

    /// Appends a string, or the texts of an array of strings or parts.
    private func append(content: JSONValue, to text: inout BoundedText) {
        if content.kind == .string { text.append(content, of: document) }
        for part in document.elements(of: content) where !text.isTruncated {
            if part.kind == .string { text.append(part, of: document) }
            for member in document.members(of: part) where document.equals(member.key, "text") {
                text.append(member.value, of: document)
            }
        }
    }
}

/// A text of limited length that grows string by string, a line end between them.
private struct BoundedText {
    private let bytesMax: Int
    private var bytes: [UInt8] = []
    private(set) var isTruncated = false

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ value: JSONValue, of document: JSONDocument) {
        // Half a surrogate pair is no text, and nothing that a score could depend on.
        guard !isTruncated, let addition = try? document.stringBytes(of: value) else { return }
        if !bytes.isEmpty { bytes.append(UInt8(ascii: "\n")) }
        let room = max(0, bytesMax - bytes.count)
        guard addition.count > room else {
            bytes += addition
            return
        }
        isTruncated = true
        var end = addition.startIndex + room
        while end > addition.startIndex, addition[end] & 0xC0 == 0x80 { end -= 1 }
        bytes += addition[..<end]
    }
}

extension PromptText {
    fileprivate init(system: BoundedText, prompt: BoundedText) {
        self.init(
            system: system.text,
            prompt: prompt.text,
            isTruncated: system.isTruncated || prompt.isTruncated
        )
    }
}
