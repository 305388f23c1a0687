internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Server
internal import Tenancy
internal import Wire

/// The admin listener: every endpoint of administration behind the admin token, and the probes.
///
/// Authorisation looks at the parsed path alone: every path under `/admin/` asks for the token.
struct AdminRoutes: RequestHandler {
    let service: GatewayService

    /// All of administration: what is answered, and what the OpenAPI document tells.
    static let endpoints: [Endpoint] =
        OrganisationEndpoints.all + TeamEndpoints.all + KeyEndpoints.all + BudgetEndpoints.all
        + LatencyBudgetEndpoints.all + HoldEndpoints.all + LimitEndpoints.all + ModelEndpoints.all + LedgerEndpoints.all
        + ConfigurationEndpoints.all + [description]

    private static let description = Endpoint(
        method: .get,
        path: "/admin/v1/openapi.json",
        summary: "Describes this API.",
        answer: .anything,
        respond: describe
    )

    func respond(to exchange: Exchange) async {
        let id = service.worker(on: exchange.loop).makeRequestID()
        await exchange.answer(await reply(exchange), fields: id.field)
    }

    func fieldsOfRefusal(status: Int, reason: String, on loop: EventLoop) -> [UInt8] {
        service.idOfRefusal(status: status, reason: reason, on: loop).field
    }

    private func reply(_ exchange: Exchange) async -> Reply {
        let policy = service.policy
        let (head, path) = (exchange.head, exchange.head.path)
        guard path.hasPrefix("/admin/") else {
            let hasMetrics = path == "/metrics" && [.admin, .both].contains(policy.settings.metrics)
            guard let reply = hasMetrics ? service.metricsReply() : service.probe(path) else {
                return .unknown(head, allowed: nil)
            }
            return head.isReading ? reply : .unknown(head, allowed: "GET, HEAD")
        }
        if let refusal = unauthorized(exchange, policy) { return refusal }
        return await Self.endpoints.reply(to: head, exchange.body, of: .anonymous, service, policy)
    }

    /// The refusal of a caller without the admin token; everybody's where no token is set.
    private func unauthorized(_ exchange: Exchange, _ policy: Policy) -> Reply? {
        let variable = policy.settings.adminTokenVariable
        guard let token = policy.configuration.secret(in: variable) else {
            return .error(.forbidden("administration is off: set \(variable) and restart"))
        }
        let expected = Array("Bearer \(token.reveal())".utf8)
        guard let value = exchange.head.fields.first("authorization"), isEqual(value, expected) else {
            return .error(.invalidAPIKey)
        }
        return nil
    }

    private static func describe(_ call: Call) async throws(APIError) -> Reply {
        let version = call.service.version
        return .json(OpenAPI(title: "Switchyard administration", version: version, endpoints: endpoints).json)
    }
}
