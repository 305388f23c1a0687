internal import Domain
internal import HTTP
internal import Wire

/// What a request asks for besides its text: what it takes to choose a model for it again.
///
/// The ledger keeps it, so that another configuration can be tried on requests whose texts are gone.
struct AskedRequest: Hashable, Sendable {
    /// The API that was called.
    var endpoint: Model.Endpoint
    /// What the model must be able to do beyond plain text.
    var features: Set<Model.Feature> = []
    /// Tokens of the prompt, estimated.
    var inputTokens: Int
    /// The client's limit on the answer.
    var outputTokensMax: Int?
    /// Answers that are generated.
    var generationCount = 1

    init(_ request: InferenceRequest) {
        endpoint = request.endpoint
        features = request.features
        inputTokens = request.inputTokens
        outputTokensMax = request.outputTokensMax
        generationCount = request.generationCount
    }

    /// Writes the members that say something; the endpoint has a column of its own.
    func write(to writer: inout JSONWriter) {
        writer.member("input_tokens", inputTokens)
        if let outputTokensMax { writer.member("output_tokens_max", outputTokensMax) }
        if generationCount != 1 { writer.member("answers", generationCount) }
        guard !features.isEmpty else { return }
        writer.array("features") { list in
            for feature in Model.Feature.allCases where features.contains(feature) { list.value(feature.rawValue) }
        }
    }

    /// Reads what ``write(to:)`` has written into the object `value`; `nil` if that is something else.
    init?(_ value: JSONValue, in document: JSONDocument, endpoint: Model.Endpoint) {
        func number(_ key: StaticString) -> Int? {
            (try? document.member(key, of: value)).flatMap { document.int(of: $0) }
        }
        guard let inputTokens = number("input_tokens") else { return nil }
        self.endpoint = endpoint
        self.inputTokens = inputTokens
        outputTokensMax = number("output_tokens_max")
        generationCount = number("answers") ?? 1
        guard let list = try? document.member("features", of: value) else { return }
        for element in document.elements(of: list) {
            guard let name = try? document.string(of: element), let feature = Model.Feature(rawValue: name) else {
                return nil
            }
            features.insert(feature)
        }
    }
}
