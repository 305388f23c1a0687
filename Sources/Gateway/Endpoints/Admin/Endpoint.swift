internal import HTTP
internal import Ledger
internal import Reactor
internal import Tenancy
internal import Wire

/// One thing that can be asked: how, of what shape, and who answers.
///
/// The OpenAPI document is written from these.
struct Endpoint: Sendable {
    /// Handlers are declared with both effects even where they need none: Swift 6.3.1 crashes on converting others.
    typealias Handler = @Sendable (Call) async throws(APIError) -> Reply

    let method: Method
    /// The path, with the names of its parameters in braces.
    let path: String
    let summary: String
    /// What the query may have.
    var query: [Shape.Member] = []
    /// What the body must be; `nil` where there is none.
    var body: Shape?
    /// The status of an answer that is no error.
    var status = 200
    /// What the answer is; `nil` where it is no JSON.
    let answer: Shape?
    let respond: Handler

    /// The parameters of ``path`` in their order.
    var parameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// What a parameter of a path must be.
    static func shape(ofParameter name: String) -> Shape { name == "request" ? .requestID : .name }

    /// The texts in the places of the parameters, if `segments` are of this endpoint's path.
    func match(_ segments: [String]) -> [String]? {
        let parts = path.split(separator: "/")
        guard parts.count == segments.count else { return nil }
        var names: [String] = []
        for (part, segment) in zip(parts, segments) {
            if part.hasPrefix("{") { names.append(segment) } else if part != segment { return nil }
        }
        return names
    }
}

/// A request for an ``Endpoint``, read and found to be of its shape.
struct Call: Sendable {
    let service: GatewayService
    let policy: Policy
    let caller: Caller
    /// What stands in the places of the path's parameters.
    let names: [String]
    let query: Datum
    let body: Datum

    /// Who the audit says did it.
    var actor: String { caller.name }
    /// The Unix millisecond.
    var now: Int64 { WallClock.unixMilliseconds }
    /// What stands in the place of the path's only parameter.
    var name: String { names.first ?? "" }
}

/// Who asks.
struct Caller: Sendable {
    /// Who pays; nobody in particular for administration.
    let client: Client
    /// The name of the key or of the administrator.
    let name: String
}

extension [Endpoint] {
    /// Answers a request by the endpoint that it is for.
    func reply(
        to head: RequestHead,
        _ body: [UInt8],
        of caller: Caller,
        _ service: GatewayService,
        _ policy: Policy
    ) async -> Reply {
        let segments = head.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        let decoded = segments.compactMap(\.percentDecoded)
        guard decoded.count == segments.count else { return .unknown(head, allowed: nil) }
        let matches = compactMap { endpoint in endpoint.match(decoded).map { (endpoint: endpoint, names: $0) } }
        let method = head.method == .head ? .get : head.method
        guard let (endpoint, names) = matches.first(where: { $0.endpoint.method == method }) else {
            let allowed = matches.map { $0.endpoint.method == .get ? "GET, HEAD" : $0.endpoint.method.name }
            return .unknown(head, allowed: allowed.isEmpty ? nil : allowed.joined(separator: ", "))
        }
        do throws(APIError) {
            for (name, text) in zip(endpoint.parameters, names) {
                _ = try Endpoint.shape(ofParameter: name).read(text: text, at: name)
            }
            let call = Call(
                service: service,
                policy: policy,
                caller: caller,
                names: names,
                query: try endpoint.read(query: head.query),
                body: try endpoint.body?.read(body) ?? .null
            )
            return try await endpoint.respond(call)
        } catch {
            return .error(error)
        }
    }
}

extension Endpoint {
    /// Reads `a=1&b=2`; a parameter that is there twice or that nobody knows is refused.
    fileprivate func read(query text: String?) throws(APIError) -> Datum {
        var values: [String: Datum] = [:]
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let plain = parts.map { $0.replacing("+", with: " ").percentDecoded }
            guard let name = plain[0], let value = parts.count > 1 ? plain[1] : "" else {
                throw .invalidRequest("The query is not percent-encoded UTF-8.", param: nil)
            }
            guard let parameter = query.first(where: { $0.name == name }) else {
                throw .unknownName(name, noun: "parameter", param: name, known: query.map(\.name))
            }
            guard values.updateValue(try parameter.shape.read(text: value, at: name), forKey: name) == nil else {
                throw .invalidRequest("`\(name)` is there twice.", param: name)
            }
        }
        return .record(values)
    }
}

extension Method {
    /// The method as it stands in a request line.
    var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other: ""
        }
    }
}

extension Call {
    /// At most how many elements of a numbered list are asked for, and which one they begin before.
    var page: (limit: Int, before: Int64?) {
        (query["limit"]?.integer ?? 100, query["cursor"]?.integer.map { Int64($0) })
    }

    /// Asks the store of administration.
    func stored<Value>(
        _ question: (ControlStore) async throws(ControlError) -> Value
    ) async throws(APIError) -> Value {
        do throws(ControlError) {
            return try await question(service.control)
        } catch {
            throw error.response
        }
    }
}
