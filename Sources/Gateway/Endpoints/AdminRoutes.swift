internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Server
internal import Tenancy
internal import Wire

/// The admin listener: every endpoint of administration behind a token; the probes, and the page, which knows nothing
/// before it is given a token.
///
/// Authorisation looks at the parsed path alone: every path under `/admin/` asks for a token.
struct AdminRoutes: RequestHandler {
    let service: GatewayService

    /// All of administration: what is answered, and what the OpenAPI document tells.
    static let endpoints: [Endpoint] =
        OrganisationEndpoints.all + TeamEndpoints.all + KeyEndpoints.all + BudgetEndpoints.all
        + LatencyBudgetEndpoints.all + HoldEndpoints.all + LimitEndpoints.all + ModelEndpoints.all + PriceEndpoints.all
        + PlanEndpoints.all + LedgerEndpoints.all + ConfigurationEndpoints.all + VersionEndpoints.all
        + LiveFeed.endpoints + [description]

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
            let found = hasMetrics ? service.metricsReply() : service.probe(path) ?? Reply.page(path)
            guard let reply = found else { return .unknown(head, allowed: nil) }
            return head.isReading ? reply : .unknown(head, allowed: "GET, HEAD")
        }
        do throws(APIError) {
            let caller = Caller(client: .anonymous, name: try administrator(exchange.head, policy).name)
            return await Self.endpoints.reply(to: head, exchange.body, of: caller, service, policy)
        } catch {
            return .error(error)
        }
    }

    /// Whose token the request shows; everybody is refused where no token is set.
    private func administrator(_ head: RequestHead, _ policy: Policy) throws(APIError) -> Administrator {
        let administrators = policy.configuration.administrators
        guard !administrators.isEmpty else {
            throw .forbidden("administration is off: set \(policy.settings.adminTokenVariable) and restart")
        }
        var found: Administrator?
        if let value = head.fields.first("authorization") {
            // All are compared, so that the time does not tell which one a guess came near to.
            for one in administrators where isEqual(value, Array("Bearer \(one.token.reveal())".utf8)) { found = one }
        }
        guard let found else { throw .invalidAPIKey }
        guard !found.isReadOnly || head.isReading else {
            throw .forbidden("administrator `\(found.name)` may read, and not change")
        }
        return found
    }

    private static func describe(_ call: Call) async throws(APIError) -> Reply {
        let version = call.service.version
        return .json(OpenAPI(title: "Switchyard administration", version: version, endpoints: endpoints).json)
    }
}
