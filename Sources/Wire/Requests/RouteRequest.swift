internal import Domain
internal import HTTP

/// The body of `POST /v1/route`: a request like any other with the member `route`, or the simple form.
///
/// The simple form is `{"prompt": …, "max_cost": dollars, "max_latency": seconds}`, 1.0 and 2.0 unless given, and is read
/// as a chat with one message. Its answer says whether the limits were kept, so they are relaxed rather than refused.
public struct RouteRequest: Sendable {
    /// The request itself; its model is `auto` unless it names one.
    public let inference: InferenceRequest
    /// How its model is to be chosen.
    public let options: RouteOptions
    /// Whether it came in the simple form, and is to be answered in it.
    public let isSimple: Bool

    /// Reads `body`: `messages` make it a chat, `input` embeddings, `prompt` with a `route` a completion.
    ///
    /// It may be at most `jsonDepthMax` objects and arrays deep.
    ///
    /// - Throws: ``APIError`` 400, which names the member at fault, such as `route.max_cost_usd`.
    public init(_ body: [UInt8], jsonDepthMax: Int) throws(APIError) {
        let document = try JSONDocument(ofRequest: body, depthMax: jsonDepthMax)
        let members = RequestMembers(of: document)
        let endpoint: Model.Endpoint? =
            if document["messages"] != nil { .chat } else if document["input"] != nil { .embeddings } else { nil }
        let route = try RouteOptions(of: members)
        isSimple = endpoint == nil && route == nil
        if isSimple {
            options = try RouteOptions(simple: members)
            let chat = try JSONDocument(ofRequest: Self.chat(members), depthMax: jsonDepthMax)
            inference = try InferenceRequest(chat, endpoint: .chat, modelIfUnnamed: "auto")
        } else {
            options = route ?? RouteOptions()
            inference = try InferenceRequest(document, endpoint: endpoint ?? .completions, modelIfUnnamed: "auto")
        }
    }

    /// The simple form as a chat: the prompt becomes its message, members that belong to neither form stay.
    private static func chat(_ members: RequestMembers) throws(APIError) -> [UInt8] {
        let document = members.document
        guard let prompt = try members.value("prompt") else {
            throw .invalidRequest("you must provide `messages`, `prompt` or `input`", param: "prompt")
        }
        guard prompt.kind == .string, prompt.range.count > 2 else {
            throw members.wrongType("prompt", expected: "a non-empty string")
        }
        var message = JSONWriter()
        message.array { array in
            array.object { object in
                object.member("role", "user")
                object.member("content", raw: document.rawBytes(of: prompt))
            }
        }
        return document.replacing([
            ("prompt", nil), ("max_cost", nil), ("max_latency", nil), ("route", nil), ("messages", message.bytes),
        ])
    }
}

extension RouteOptions {
    /// The limits of the simple form.
    fileprivate init(simple members: RequestMembers) throws(APIError) {
        costMax = try members.cost("max_cost") ?? Money(nanodollars: 1_000_000_000)
        latencyMax = .seconds(try members.number("max_latency", in: 0.001...86_400) ?? 2)
        relaxes = true
    }
}
