internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Server
internal import Wire

/// The API listener: finds the endpoint for a path and lets it answer.
struct Routes: RequestHandler {
    let service: GatewayService

    func respond(to exchange: Exchange) async {
        let worker = service.worker(on: exchange.loop)
        let policy = service.policy
        let path = exchange.head.path
        switch (path, exchange.head.method) {
        case ("/v1/chat/completions", .post): await infer(.endpoint(.chat), exchange, worker, policy)
        case ("/v1/completions", .post): await infer(.endpoint(.completions), exchange, worker, policy)
        case ("/v1/embeddings", .post): await infer(.endpoint(.embeddings), exchange, worker, policy)
        case ("/v1/route", .post): await infer(.route, exchange, worker, policy)
        case ("/v1/models", .get), ("/v1/models", .head): await models(exchange, policy)
        case ("/metrics", .get), ("/metrics", .head): await metrics(exchange, policy)
        case (let path, .get) where path.hasPrefix("/v1/models/"):
            await model(String(path.dropFirst("/v1/models/".count)), exchange, policy)
        default: await exchange.answer(probe(path, exchange.head.method) ?? Self.unknown(exchange.head))
        }
    }

    private func infer(_ kind: Inference.Kind, _ exchange: Exchange, _ worker: Worker, _ policy: Policy) async {
        await Inference(service: service, policy: policy, worker: worker, exchange: exchange, kind: kind).respond()
    }

    // MARK: Models

    private func models(_ exchange: Exchange, _ policy: Policy) async {
        await exchange.answer(
            authorized(exchange, policy) {
                .json(ModelListing.body(of: Self.listing(policy), created: service.startedUnixSeconds))
            }
        )
    }

    private func model(_ name: String, _ exchange: Exchange, _ policy: Policy) async {
        await exchange.answer(
            authorized(exchange, policy) {
                let id = name.percentDecoded ?? name
                guard let entry = Self.listing(policy).first(where: { $0.id == id }) else {
                    return .error(.modelNotFound(id))
                }
                return .json(entry.body(created: service.startedUnixSeconds))
            }
        )
    }

    /// Every name that a client may ask for: `auto`, then the models and their aliases.
    private static func listing(_ policy: Policy) -> [ModelListing] {
        [ModelListing(id: "auto", owner: "switchyard")] + policy.catalogue.models.flatMap(ModelListing.entries)
    }

    private func authorized(_ exchange: Exchange, _ policy: Policy, _ reply: () -> Reply) -> Reply {
        do throws(APIError) {
            _ = try policy.keys.client(of: exchange.head.fields)
            return reply()
        } catch {
            return .error(error)
        }
    }

    // MARK: Operation

    private func metrics(_ exchange: Exchange, _ policy: Policy) async {
        guard policy.settings.metrics == .api || policy.settings.metrics == .both else {
            return await exchange.answer(Self.unknown(exchange.head))
        }
        await exchange.answer(service.metricsReply())
    }

    private func probe(_ path: String, _ method: HTTP.Method) -> Reply? {
        guard method == .get || method == .head else { return nil }
        return service.probe(path)
    }

    /// 405 for a path that is known under another method, else 404.
    private static func unknown(_ head: RequestHead) -> Reply {
        let allowed: String? =
            switch head.path {
            case "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/route": "POST"
            case "/v1/models", "/metrics", "/healthz", "/readyz", "/version": "GET, HEAD"
            default: nil
            }
        let method = head.methodName
        guard let allowed else { return .error(.notFound(method: method, path: head.path)) }
        return .error(.methodNotAllowed(method, path: head.path, allowed: allowed))
    }
}
