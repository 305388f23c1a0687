internal import HTTP

extension BackendError {
    private static let messageBytesMax = 1024

    /// Reads the body of a response with the error status `status`, at most `jsonDepthMax` objects and arrays deep.
    ///
    /// Known shapes: `{"error": {…}}` (OpenAI), `{"error": "…"}` (Ollama, TGI), `{"object": "error", …}` (older vLLM),
    /// `{"detail": …}` (FastAPI), `{"message": …}`. Any other text is its own message.
    public init(status: Int, body: [UInt8], jsonDepthMax: Int) {
        guard let document = try? JSONDocument(parsing: body, depthMax: jsonDepthMax) else {
            // What is not JSON is often a proxy's page; its beginning says what it is.
            let text = String(decoding: body.prefix(Self.messageBytesMax), as: UTF8.self)
            self.init(kind: Kind(status: status, names: [], message: text), message: text)
            return
        }
        if let error = document.reportedError {
            self.init(error, in: document, status: status)
        } else {
            self.init(document, status: status)
        }
    }

    /// Reads `error`, the value of the member `error`.
    init(_ error: JSONValue, in document: JSONDocument, status: Int?) {
        guard error.kind == .object else {
            let message = document.text(of: error, bytesMax: Self.messageBytesMax) ?? ""
            self.init(kind: Kind(status: status, names: [], message: message), message: message)
            return
        }
        self.init(status: status, document: document) { key in
            document.members(of: error).first { document.equals($0.key, key) }?.value
        }
    }

    /// Reads a body that is itself the error.
    init(_ document: JSONDocument, status: Int?) {
        self.init(status: status, document: document) { document[$0] }
    }

    private init(status: Int?, document: JSONDocument, member: (StaticString) -> JSONValue?) {
        let words = member("message") ?? member("detail")
        let message = words.flatMap { document.text(of: $0, bytesMax: Self.messageBytesMax) } ?? ""
        let type = member("type").flatMap { document.text(of: $0, bytesMax: 128) }
        let code = member("code").flatMap { document.text(of: $0, bytesMax: 128) }
        // In a stream the status is long gone; some backends put it into `code`.
        let status = status ?? code.flatMap { Int($0) }
        let kind = Kind(status: status, names: [code, type].compactMap(\.self), message: message)
        self.init(kind: kind, message: message, type: type, code: code)
    }
}

extension BackendError.Kind {
    /// Sorts a failure by the most telling sign: the names that the backend gives it, its words, then the status.
    fileprivate init(status: Int?, names: [String], message: String) {
        self =
            names.lazy.compactMap(Self.init(name:)).first
            ?? (Self.saysContextIsTooLong(message) ? .contextLengthExceeded : Self(status: status))
    }

    private init?(name: String) {
        switch name {
        case "context_length_exceeded", "exceed_context_size_error", "string_above_max_length":
            self = .contextLengthExceeded
        case "content_policy_violation", "content_filter", "ResponsibleAIPolicyViolation": self = .contentRefused
        case "insufficient_quota", "billing_hard_limit_reached": self = .quotaExhausted
        case "rate_limit_exceeded", "rate_limit_error": self = .rateLimited
        case "model_not_found", "DeploymentNotFound": self = .modelNotFound
        case "invalid_api_key": self = .notAuthorized
        case "overloaded_error": self = .overloaded
        default: return nil
        }
    }

    private init(status: Int?) {
        switch status {
        case 401, 403: self = .notAuthorized
        case 402: self = .quotaExhausted
        case 404: self = .modelNotFound
        case 408: self = .serverError
        case 429: self = .rateLimited
        case 503, 529: self = .overloaded
        case let status? where (400..<500).contains(status): self = .invalidRequest
        default: self = .serverError
        }
    }

    /// vLLM's, llama.cpp's and SGLang's words; they have no code for it.
    private static func saysContextIsTooLong(_ message: String) -> Bool {
        ["maximum context length", "context size", "context window"].contains { message.contains($0) }
    }
}

extension JSONDocument {
    /// The text of `value` or, of anything else than a string, its JSON.
    fileprivate func text(of value: JSONValue, bytesMax: Int) -> String? {
        switch value.kind {
        case .null: nil
        case .string: excerpt(of: value, bytesMax: bytesMax)
        default: String(decoding: rawBytes(of: value).prefix(bytesMax), as: UTF8.self)
        }
    }
}
