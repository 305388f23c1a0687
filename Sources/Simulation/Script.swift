internal import Domain
internal import HTTP
internal import Wire

/// What a simulated model says to one request: its choices, and what the answer is counted as.
struct Script {
    /// The choices, all ready before the first token.
    let choices: [GeneratedChoice]
    /// Whether tokens are shown with their probabilities.
    let showsLogprobs: Bool
    /// The tokens of it all.
    let usage: TokenUsage

    /// What stands at the beginning of every text, as its first token.
    static let label = "[simulated by Switchyard]"
    /// How deep a made-up structure may be.
    private static let sampleDepthMax = 8

    /// Writes the answer to `request`: `known`, if the model knows one, or filler that `performance` draws as long as it says.
    ///
    /// A tool is called where the client insists on one, or where its prompt names one of them.
    init(for request: InferenceRequest, knowing known: String? = nil, _ performance: inout Performance) {
        let body = request.document
        showsLogprobs = Self.asksForLogprobs(body)
        let limit = request.outputTokensMax ?? .max
        let tool = request.features.contains(.tools) ? Self.tool(in: body, for: request) : nil
        var choices: [GeneratedChoice] = []
        for _ in 0..<request.choiceCount {
            if let tool {
                let id = "call_\(String(performance.drawBits(), radix: 36))"
                let call = GeneratedCall(id: id, name: tool.name, arguments: tool.arguments)
                choices.append(GeneratedChoice(tokens: [], call: call, finishReason: .toolCalls))
                continue
            }
            let words =
                known.map(SchemaSample.pieces) ?? Self.structure(in: body)
                ?? Self.words(performance.tokenCount, &performance)
            let tokens = words.prefix(limit).map { GeneratedToken($0, logprob: -0.125) }
            let reason = words.count > limit ? FinishReason.length : .stop
            choices.append(GeneratedChoice(tokens: tokens, call: nil, finishReason: reason))
        }
        self.choices = choices
        let output = choices.reduce(0) { $0 + max(1, $1.tokens.count + ($1.call?.arguments.utf8.count ?? 0) / 4) }
        usage = TokenUsage(input: Self.inputTokens(of: request), output: output)
    }

    /// The same answer, ended by a filter after so many tokens.
    func filtered(afterTokens count: Int) -> Script {
        let choices = choices.map {
            GeneratedChoice(tokens: Array($0.tokens.prefix(count)), call: nil, finishReason: .contentFilter)
        }
        let output = choices.reduce(0) { $0 + $1.tokens.count }
        return Script(
            choices: choices,
            showsLogprobs: showsLogprobs,
            usage: TokenUsage(input: usage.input, output: output)
        )
    }

    private init(choices: [GeneratedChoice], showsLogprobs: Bool, usage: TokenUsage) {
        self.choices = choices
        self.showsLogprobs = showsLogprobs
        self.usage = usage
    }

    /// About what a tokenizer would count: four bytes a token, and 85 for an image as OpenAI's smallest.
    static func inputTokens(of request: InferenceRequest) -> Int {
        max(1, (request.inputBytes + 3) / 4 + 85 * request.imageCount)
    }

    // MARK: Texts

    private static let vocabulary = [
        " rails", " points", " signals", " the", " a", " lever", " moves", " each", " wagon", " onto", " its", " track",
        " and", " at", " dawn", " trains", " leave", " for", " north", " south", " with", " coal", " grain", " mail",
    ]

    private static func words(_ count: Int, _ performance: inout Performance) -> [String] {
        var words = [label]
        words.reserveCapacity(count)
        for _ in 1..<max(count, 2) { words.append(vocabulary[performance.draw(vocabulary.count)]) }
        return words
    }

    /// A valid JSON text for `response_format`, in pieces of about a token; `nil` where none is asked for.
    private static func structure(in body: JSONDocument) -> [String]? {
        guard let format = body["response_format"], let type = body.first("type", of: format) else { return nil }
        if body.equals(type, "json_object") { return [#"{"simulated":"#, #""by Switchyard"}"#] }
        guard body.equals(type, "json_schema"), let named = body.first("json_schema", of: format) else { return nil }
        guard let schema = body.first("schema", of: named) else { return ["{", "}"] }
        return SchemaSample.pieces(of: SchemaSample.text(for: schema, in: body, depthMax: sampleDepthMax))
    }

    private static func asksForLogprobs(_ body: JSONDocument) -> Bool {
        // `true` for chats, a number for completions.
        guard let wish = body["logprobs"] else { return false }
        return wish.kind == .number || body.bool(of: wish) == true
    }

    // MARK: Tools

    private static func tool(
        in body: JSONDocument,
        for request: InferenceRequest
    ) -> (name: String, arguments: String)? {
        guard let tools = body["tools"] else { return nil }
        let choice = body["tool_choice"]
        if let choice, body.equals(choice, "none") { return nil }
        let isRequired = choice.map { body.equals($0, "required") } ?? false
        let named = choice.flatMap { body.first("function", of: $0) }.flatMap { body.text("name", of: $0) }
        let prompt = named == nil && !isRequired ? request.promptText(bytesMax: 16_384).prompt : ""
        for tool in body.elements(of: tools) {
            guard let function = body.first("function", of: tool), let name = body.text("name", of: function) else {
                continue
            }
            guard isRequired || named == name || !name.isEmpty && prompt.contains(name) else { continue }
            let parameters = body.first("parameters", of: function)
            let arguments = parameters.map { SchemaSample.text(for: $0, in: body, depthMax: sampleDepthMax) }
            return (name, arguments ?? "{}")
        }
        return nil
    }
}

extension JSONDocument {
    /// The first member of `object` called `key`.
    fileprivate func first(_ key: StaticString, of object: JSONValue) -> JSONValue? {
        members(of: object).first { equals($0.key, key) }?.value
    }

    /// The text of the first member of `object` called `key`.
    fileprivate func text(_ key: StaticString, of object: JSONValue) -> String? {
        // Half a surrogate pair is no name.
        first(key, of: object).flatMap { try? string(of: $0) }
    }
}
