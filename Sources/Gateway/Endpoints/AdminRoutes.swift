internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Routing
internal import Server
internal import Wire

/// The admin listener: statistics, availability, the effective configuration, reload; each behind the admin token.
///
/// Authorisation looks at the parsed path alone: every path under `/admin/` asks for the token.
struct AdminRoutes: RequestHandler {
    let service: GatewayService

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
        switch path {
        case "/admin/v1/statistics":
            return head.isReading ? .json(statistics(policy)) : .unknown(head, allowed: "GET, HEAD")
        case "/admin/v1/config":
            guard head.isReading else { return .unknown(head, allowed: "GET, HEAD") }
            return .text(policy.configuration.effectiveText, type: "application/yaml")
        case "/admin/v1/reload":
            return head.method == .post ? await reload() : .unknown(head, allowed: "POST")
        case _ where path.hasPrefix("/admin/v1/models/") && path.hasSuffix("/availability"):
            return head.method == .put ? setAvailability(exchange, policy) : .unknown(head, allowed: "PUT")
        default: return .unknown(head, allowed: nil)
        }
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

    /// S3-16: what was measured of each model.
    private func statistics(_ policy: Policy) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.object("model_stats") { writer in
                for model in policy.fleet.statistics(now: Instant.now.nanoseconds) {
                    writer.key(named: model.id.rawValue)
                    model.write(to: &writer)
                }
            }
        }
        return writer.bytes
    }

    private func setAvailability(_ exchange: Exchange, _ policy: Policy) -> Reply {
        let name = exchange.head.path.dropFirst("/admin/v1/models/".count).dropLast("/availability".count)
        let id = String(name).percentDecoded ?? String(name)
        guard let index = policy.catalogue.index(of: id) else { return .error(.modelNotFound(id)) }
        do throws(JSONError) {
            let document = try JSONDocument(parsing: exchange.body, depthMax: 8)
            guard let value = document["available"], let isAvailable = document.bool(of: value) else {
                return .error(.invalidRequest("`available` must be true or false", param: "available"))
            }
            if isAvailable { policy.fleet.switchOn(index) } else { policy.fleet.switchOff(index) }
            return .json(Array(#"{"model":"#.utf8) + quoted(id) + Array(#","available":\#(isAvailable)}"#.utf8))
        } catch {
            return .error(.invalidRequest("the body is not JSON: \(error.message)", param: nil))
        }
    }

    private func reload() async -> Reply {
        switch await service.reload() {
        case .success: .json(Array(#"{"reloaded":true}"#.utf8))
        case .failure(let problem): .error(.invalidRequest(problem.description, param: nil))
        }
    }

    private func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendJSONString(text)
        return bytes
    }
}

extension ModelStatistics {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("available", availability == .available)
            writer.member("active_requests", active)
            writer.member("samples", samples)
            writer.member("avg_latency_ms", (meanLatency?.inSeconds ?? 0) * 1000)
            writer.member("avg_cost", meanCost?.dollars ?? 0)
            writer.member("success_rate", successRate ?? 0)
        }
    }
}
