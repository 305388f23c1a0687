internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Server
internal import Tenancy
internal import Wire

/// The API listener: finds the endpoint for a path and lets it answer.
struct Routes: RequestHandler {
    let service: GatewayService

    func respond(to exchange: Exchange) async {
        let worker = service.worker(on: exchange.loop)
        let policy = service.policy
        if exchange.head.method == .post, let kind = Self.inference(at: exchange.head.pathBytes) {
            await Inference(service: service, policy: policy, worker: worker, exchange: exchange, kind: kind).respond()
        } else {
            let fields = RequestRecord.fieldsWithoutModel(id: worker.makeRequestID())
            let isRemark = Self.remarks.contains { exchange.head.pathBytes.elementsEqual($0.path.utf8) }
            let reply = isRemark ? await remark(exchange, policy) : reply(exchange.head, policy)
            await exchange.answer(reply, fields: fields)
        }
    }

    func fieldsOfRefusal(status: Int, reason: String, on loop: EventLoop) -> [UInt8] {
        RequestRecord.fieldsWithoutModel(id: service.idOfRefusal(status: status, reason: reason, on: loop))
    }

    /// What a POST to `path` asks a model for.
    private static func inference(at path: ArraySlice<UInt8>) -> Inference.Kind? {
        if path.equals("/v1/chat/completions") { return .endpoint(.chat) }
        if path.equals("/v1/completions") { return .endpoint(.completions) }
        if path.equals("/v1/embeddings") { return .endpoint(.embeddings) }
        return path.equals("/v1/route") ? .route : nil
    }

    /// Answers what needs no model; 405 for a path that is known under another method, else 404.
    private func reply(_ head: RequestHead, _ policy: Policy) -> Reply {
        if Self.inference(at: head.pathBytes) != nil { return .unknown(head, allowed: "POST") }
        let path = head.path
        let reply: () -> Reply
        if path == "/v1/models" {
            reply = { models(head, policy) }
        } else if path.hasPrefix("/v1/models/") {
            reply = { model(String(path.dropFirst("/v1/models/".count)), head, policy) }
        } else if path == "/metrics", [.api, .both].contains(policy.settings.metrics) {
            reply = service.metricsReply
        } else if let probe = service.probe(path) {
            reply = { probe }
        } else {
            return .unknown(head, allowed: nil)
        }
        return head.isReading ? reply() : .unknown(head, allowed: "GET, HEAD")
    }

    // MARK: Feedback

    /// What clients can say of answers, and the description of that.
    private static let remarks = [FeedbackEndpoint.endpoint, FeedbackEndpoint.description]

    private func remark(_ exchange: Exchange, _ policy: Policy) async -> Reply {
        do throws(APIError) {
            let client = try policy.keys.client(of: exchange.head.fields)
            try service.admit(client.payer)
            let caller = Caller(client: client, name: client.payer.key?.rawValue ?? "")
            return await Self.remarks.reply(to: exchange.head, exchange.body, of: caller, service, policy)
        } catch {
            return .error(error)
        }
    }

    // MARK: Models

    private func models(_ head: RequestHead, _ policy: Policy) -> Reply {
        authorized(head, policy) { client in
            .json(ModelListing.body(of: Self.listing(policy, client), created: service.startedUnixSeconds))
        }
    }

    private func model(_ name: String, _ head: RequestHead, _ policy: Policy) -> Reply {
        authorized(head, policy) { client in
            let id = name.percentDecoded ?? name
            guard let entry = Self.listing(policy, client).first(where: { $0.id == id }) else {
                return .error(.modelNotFound(id))
            }
            return .json(entry.body(created: service.startedUnixSeconds))
        }
    }

    /// Every name that `client` may ask for: `auto`, then its models and their aliases.
    private static func listing(_ policy: Policy, _ client: Client) -> [ModelListing] {
        let models = policy.catalogue.models.lazy.filter { client.mayUse($0.id) }
        return [ModelListing(id: "auto", owner: "switchyard")] + models.flatMap(ModelListing.entries)
    }

    private func authorized(_ head: RequestHead, _ policy: Policy, _ reply: (Client) -> Reply) -> Reply {
        do throws(APIError) {
            return reply(try policy.keys.client(of: head.fields))
        } catch {
            return .error(error)
        }
    }
}
