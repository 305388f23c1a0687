internal import Domain
internal import HTTP

/// How much a request's prompt holds, counted in one pass over its values.
///
/// Text is counted as the bytes of its JSON strings: an escape counts a little more than the character that it stands
/// for, and no text has to be resolved.
struct PromptSize {
    /// What a token that the client counted out itself takes in ``textBytes``.
    private static let bytesPerToken = 4

    private(set) var textBytes = 0
    /// Tokens that the client counted out itself.
    private(set) var tokenCount = 0
    private(set) var imageCount = 0
    private(set) var promptCount = 1
    private(set) var messageCount = 0
    /// What was counted as text, where it is kept.
    private(set) var texts: [JSONValue] = []
    private let keepsTexts: Bool

    /// Counts what `endpoint` calls its prompt; refuses one that no backend would take.
    init(of document: JSONDocument, endpoint: Model.Endpoint, keepingTexts: Bool = false) throws(APIError) {
        keepsTexts = keepingTexts
        let key = endpoint.promptKey
        guard let prompt = document[key], !prompt.isNull else {
            throw .invalidRequest("you must provide a \(key) parameter", param: "\(key)")
        }
        switch endpoint {
        case .chat: try count(messages: prompt, in: document)
        case .completions, .embeddings: try count(prompts: prompt, in: document, param: "\(key)")
        }
        for schema in ["tools", "functions", "response_format"] as [StaticString] {
            if let schema = document[schema] { add(schema) }
        }
    }

    private mutating func count(messages: JSONValue, in document: JSONDocument) throws(APIError) {
        var index = 0
        for message in document.elements(of: messages) {
            guard message.kind == .object else {
                throw .invalidRequest("`messages[\(index)]` must be an object.", param: "messages[\(index)]")
            }
            for member in document.members(of: message) {
                if document.equals(member.key, "content") {
                    guard count(content: member.value, in: document) else {
                        let param = "messages[\(index)].content"
                        throw .invalidRequest("`\(param)` must be a string or an array of parts.", param: param)
                    }
                } else if document.equals(member.key, "tool_calls") || document.equals(member.key, "function_call") {
                    add(member.value)
                }
            }
            index += 1
        }
        messageCount = index
        guard index > 0 else { throw .invalidRequest("`messages` must be a non-empty array.", param: "messages") }
    }

    /// Counts a message's content; false if it is of the wrong type.
    private mutating func count(content: JSONValue, in document: JSONDocument) -> Bool {
        switch content.kind {
        case .string: add(content)
        case .array: for part in document.elements(of: content) { count(part: part, in: document) }
        case .null: break
        case .object, .number, .bool: return false
        }
        return true
    }

    /// Counts one part of a message: text and images; other kinds are between client and model.
    private mutating func count(part: JSONValue, in document: JSONDocument) {
        if part.kind == .string { add(part) }
        for member in document.members(of: part) {
            if document.equals(member.key, "text") {
                add(member.value)
            } else if document.equals(member.key, "image_url") {
                imageCount += 1
            }
        }
    }

    /// Counts a prompt: a text, texts, tokens, or lists of tokens.
    private mutating func count(prompts: JSONValue, in document: JSONDocument, param: String) throws(APIError) {
        guard prompts.kind != .string else {
            add(prompts)
            return
        }
        var kind: JSONValue.Kind?
        var count = 0
        for element in document.elements(of: prompts) {
            guard kind == nil || kind == element.kind else { throw Self.wrongPrompt(param) }
            kind = element.kind
            count += 1
            switch element.kind {
            case .string: add(element)
            case .number: addToken()
            case .array: for _ in document.elements(of: element) { addToken() }
            case .object, .bool, .null: throw Self.wrongPrompt(param)
            }
        }
        guard count > 0 else { throw Self.wrongPrompt(param) }
        promptCount = kind == .number ? 1 : count
    }

    private static func wrongPrompt(_ param: String) -> APIError {
        .invalidRequest("`\(param)` must be a string, or a non-empty array of strings or tokens.", param: param)
    }

    /// Counts the bytes of a string without its quotes, or of any other value as it stands.
    private mutating func add(_ value: JSONValue) {
        textBytes += value.kind == .string ? value.range.count - 2 : value.range.count
        if keepsTexts { texts.append(value) }
    }

    private mutating func addToken() {
        tokenCount += 1
        textBytes += Self.bytesPerToken
    }
}

extension Model.Endpoint {
    /// The member of a request that holds what the model is to read.
    var promptKey: StaticString {
        switch self {
        case .chat: "messages"
        case .completions: "prompt"
        case .embeddings: "input"
        }
    }
}
