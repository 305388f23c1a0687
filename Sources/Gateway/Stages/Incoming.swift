internal import Domain
internal import HTTP
internal import Wire

/// A client's request, decoded: what to answer, and how its model is to be chosen.
struct Incoming {
    let request: InferenceRequest
    /// Its member `route`; `nil` where it has none.
    let options: RouteOptions?
    /// Whether it came in the simple form, which asks for a decision alone.
    let isSimple: Bool

    /// Whether it asks for the decision alone, in full.
    var isDryRun: Bool { options?.isDryRun ?? false }
    /// Whether a model is to answer it.
    var isExecuted: Bool { !isSimple && !isDryRun }

    init(_ body: [UInt8], kind: Inference.Kind, jsonDepthMax: Int) throws(APIError) {
        switch kind {
        case .endpoint(let endpoint):
            request = try InferenceRequest(body, endpoint: endpoint, jsonDepthMax: jsonDepthMax)
            options = try RouteOptions(of: request)
            isSimple = false
        case .route:
            let route = try RouteRequest(body, jsonDepthMax: jsonDepthMax)
            (request, options, isSimple) = (route.inference, route.options, route.isSimple)
        }
    }
}

extension RequestRecord {
    /// Takes over what the client asked for.
    func note(_ incoming: Incoming) {
        endpoint = incoming.request.endpoint
        requestedModel = incoming.request.model
        asked = AskedRequest(incoming.request)
        options = incoming.options
        isStream = incoming.request.streams && incoming.isExecuted
        isDecision = !incoming.isExecuted
        inputBytes = incoming.request.inputBytes
        imageCount = incoming.request.imageCount
        let tags = client.tags(with: incoming.options?.tags ?? [:])
        guard !tags.isEmpty else { return }
        var writer = JSONWriter()
        writer.object { writer in
            for (name, value) in tags.sorted(by: { $0.key < $1.key }) {
                writer.key(named: name)
                writer.value(value)
            }
        }
        self.tags = writer.bytes
        tagNames = tags.map { $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)" }
    }

    /// The header lines that every backend gets: who asks, and for which request.
    var upstreamFields: [UInt8] {
        var fields: [UInt8] = []
        fields.reserveCapacity(160)
        fields.append("accept: application/json, text/event-stream\r\nuser-agent: switchyard\r\nx-request-id: ")
        id.append(to: &fields)
        fields.append("\r\nx-switchyard-hops: ")
        fields.appendDecimal(hops + 1)
        fields.append("\r\n")
        return fields
    }
}

extension HeaderFields {
    /// How many gateways a request has come through; what is no number counts as none.
    var hops: Int { string("x-switchyard-hops").flatMap { UInt16($0) }.map(Int.init) ?? 0 }
}
