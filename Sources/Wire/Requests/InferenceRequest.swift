public import Domain
public import HTTP

/// A view of a client's request body: what routing, budgets and relaying need of it, read once.
///
/// The body itself stays as it came. Members that are not read here are neither checked nor changed: they are between
/// the client and the model. A reference, since every stage of a request's life holds it and none changes it.
public final class InferenceRequest: Sendable {
    /// The API that was called.
    public let endpoint: Model.Endpoint
    /// The model asked for: an id, an alias, `auto` or `auto:<strategy>`.
    public let model: String
    /// Whether the answer is to come as a stream of events.
    public let streams: Bool
    /// `stream_options.include_usage`: whether the client wants the stream's usage chunk.
    public let wantsUsage: Bool
    /// `max_completion_tokens`, or else `max_tokens`: for each answer.
    public let outputTokensMax: Int?
    /// How many choices come back: `n` for each prompt.
    public let choiceCount: Int
    /// How many answers are generated and billed: `best_of` for each prompt, if that is more than come back.
    public let generationCount: Int
    /// What it takes beyond text.
    public let features: Set<Model.Feature>
    /// Whether the same request ought to get the same answer: temperature 0, a seed, or embeddings.
    public let isDeterministic: Bool
    /// `user`: the client's name for its end user.
    public let user: String?
    /// Bytes of text that the model reads, tools and schemas included, for an estimate of its tokens.
    public let inputBytes: Int
    /// Images in messages, which take tokens but no text.
    public let imageCount: Int

    /// The body, for those who need more of it than is read here.
    public let document: JSONDocument

    /// Reads `body`, at most `jsonDepthMax` objects and arrays deep.
    ///
    /// - Throws: ``APIError`` 400, which names the member at fault.
    public convenience init(_ body: [UInt8], endpoint: Model.Endpoint, jsonDepthMax: Int) throws(APIError) {
        let document = try JSONDocument(ofRequest: body, depthMax: jsonDepthMax)
        try self.init(document, endpoint: endpoint, modelIfUnnamed: nil)
    }

    /// Reads a body; `modelIfUnnamed` is what it asks for where it names no model, which is refused otherwise.
    init(_ document: JSONDocument, endpoint: Model.Endpoint, modelIfUnnamed: String?) throws(APIError) {
        let members = RequestMembers(of: document)
        guard let model = try members.string("model") ?? modelIfUnnamed, !model.isEmpty else {
            throw .invalidRequest("you must provide a model parameter", param: "model")
        }
        let size = try PromptSize(of: document, endpoint: endpoint)
        self.document = document
        self.endpoint = endpoint
        self.model = model
        streams = try members.bool("stream") ?? false && endpoint != .embeddings
        wantsUsage = try members.object("stream_options")?.bool("include_usage") ?? false
        outputTokensMax = try Self.outputTokensMax(members, endpoint: endpoint)

        let perPrompt = endpoint == .embeddings ? 1 : try members.int("n", in: 1...128) ?? 1
        let sampled = endpoint == .completions ? try members.int("best_of", in: 1...128) ?? 1 : 1
        choiceCount = perPrompt * size.promptCount
        generationCount = max(perPrompt, sampled) * size.promptCount

        features = try Self.features(members, imageCount: size.imageCount)
        isDeterministic = try Self.isDeterministic(members, endpoint: endpoint)
        user = try members.string("user")
        inputBytes = size.textBytes
        imageCount = size.imageCount
    }

    /// The client's bytes.
    public var body: ArraySlice<UInt8> { document.bytes }

    /// The limit on an answer's tokens; completions may ask for none, to have a prompt scored (`echo`).
    private static func outputTokensMax(_ members: RequestMembers, endpoint: Model.Endpoint) throws(APIError) -> Int? {
        let range = (endpoint == .completions ? 0 : 1)...Int(Int32.max)
        let older = try members.int("max_tokens", in: range)
        return try members.int("max_completion_tokens", in: range) ?? older
    }

    private static func features(_ members: RequestMembers, imageCount: Int) throws(APIError) -> Set<Model.Feature> {
        var features: Set<Model.Feature> = []
        for key in ["tools", "functions"] as [StaticString] {
            guard let tools = try members.value(key) else { continue }
            guard tools.kind == .array else { throw members.wrongType(key, expected: "an array") }
            if members.document.elements(of: tools).contains(where: { _ in true }) { features.insert(.tools) }
        }
        if imageCount > 0 { features.insert(.images) }
        if try members.object("response_format")?.string("type") == "json_schema" { features.insert(.structuredOutput) }
        return features
    }

    private static func isDeterministic(_ members: RequestMembers, endpoint: Model.Endpoint) throws(APIError) -> Bool {
        if endpoint == .embeddings { return true }
        if try members.value("seed") != nil { return true }
        return try members.number("temperature", in: -.greatestFiniteMagnitude...(.greatestFiniteMagnitude)) == 0
    }
}
