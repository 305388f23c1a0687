internal import HTTP

extension InferenceRequest {
    /// The body for a backend that calls its model `model`: the client's own bytes but for what must change.
    ///
    /// `model` is replaced, `route` taken out, and so is `encoding_format` where it is `null`, which vLLM refuses. For a
    /// stream, `requestingUsage` sets `stream_options.include_usage`. Every other byte stays as the client wrote it.
    ///
    /// - Parameters:
    ///   - model: The backend's name for its model.
    ///   - requestingUsage: Whether a stream is to end with its usage.
    ///   - outputTokensMax: A lower limit on the tokens of each answer than the client's, such as a budget sets; it goes
    ///     where the client has its own.
    ///   - limitKey: Where the limit goes if the client has none: `max_tokens`, or what the backend has in its place.
    /// - Returns: A JSON object.
    public func upstreamBody(
        model: String,
        requestingUsage: Bool,
        outputTokensMax: Int? = nil,
        limitKey: StaticString = "max_tokens"
    ) -> [UInt8] {
        var name: [UInt8] = []
        name.appendJSONString(model)
        var changes: [(key: StaticString, value: [UInt8]?)] = []
        // Most often the client calls the model what its backend does, and no byte has to change.
        if document["model"].map({ document.rawBytes(of: $0) != name[...] }) ?? true { changes.append(("model", name)) }
        if document["route"] != nil { changes.append(("route", nil)) }
        if document["encoding_format"]?.isNull == true { changes.append(("encoding_format", nil)) }
        if let limit = outputTokensMax { changes += limiting(to: limit, key: limitKey) }
        if streams, requestingUsage, !wantsUsage { changes.append(("stream_options", streamOptionsWithUsage)) }
        return changes.isEmpty ? Array(document.bytes) : document.replacing(changes)
    }

    /// The client's limit on each answer's tokens, lowered; under `key` where it has none.
    func limiting(to tokens: Int, key limitKey: StaticString) -> [(key: StaticString, value: [UInt8]?)] {
        let text = Array("\(tokens)".utf8)
        let named = (["max_tokens", "max_completion_tokens"] as [StaticString])
            .filter { document[$0].map { !$0.isNull } ?? false }
        return (named.isEmpty ? [limitKey] : named).map { ($0, text) }
    }

    /// The client's `stream_options`, which do not ask for usage, with that wish put in.
    private var streamOptionsWithUsage: [UInt8] {
        guard let options = document["stream_options"], !options.isNull else {
            return Array(#"{"include_usage":true}"#.utf8)
        }
        var edited: [UInt8] = []
        edited.reserveCapacity(options.range.count + 24)
        let members = document.members(of: options)
        if let member = members.first(where: { document.equals($0.key, "include_usage") }) {
            edited += document.bytes[options.range.lowerBound..<member.value.range.lowerBound]
            edited.append("true")
            edited += document.bytes[member.value.range.upperBound..<options.range.upperBound]
        } else {
            let isEmpty = !members.contains { _ in true }
            edited.append(#"{"include_usage":true"#)
            if !isEmpty { edited.append(UInt8(ascii: ",")) }
            edited += document.bytes[options.range].dropFirst()
        }
        return edited
    }
}
