internal import HTTP

extension InferenceRequest {
    /// The body for a backend that calls its model `model`: the client's own bytes but for what must change.
    ///
    /// `model` is replaced, `route` taken out, and so is `encoding_format` where it is `null`, which vLLM refuses. For a
    /// stream, `requestingUsage` sets `stream_options.include_usage`. Every other byte stays as the client wrote it.
    public func upstreamBody(model: String, requestingUsage: Bool) -> [UInt8] {
        var name: [UInt8] = []
        name.appendJSONString(model)
        var changes: [(key: StaticString, value: [UInt8]?)] = [("model", name), ("route", nil)]
        if document["encoding_format"]?.isNull == true { changes.append(("encoding_format", nil)) }
        if streams, requestingUsage, !wantsUsage { changes.append(("stream_options", streamOptionsWithUsage)) }
        return document.replacing(changes)
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
