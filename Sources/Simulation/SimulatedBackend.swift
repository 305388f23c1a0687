public import Configuration
internal import Domain
internal import HTTP
internal import Reactor
public import Server
internal import Synchronization
internal import Wire

/// A backend that makes its answers up: OpenAI's API in front of no model, for demonstrations, tests and benchmarks.
///
/// Every answer says so: its text begins with a label, its `system_fingerprint` is `simulated`, and so says the header
/// `x-switchyard-simulated`. Times, lengths and failures are drawn from the settings; a request with the header
/// `x-simulation-seed` gets what that number draws, others get what their turn at their model draws.
public final class SimulatedBackend: RequestHandler {
    private static let jsonDepthMax = 64

    /// One model and how many requests it has had.
    private final class Part: Sendable {
        let behaviour: SimulationSettings.Behaviour
        let requests = Atomic<UInt64>(0)

        init(_ behaviour: SimulationSettings.Behaviour) { self.behaviour = behaviour }
    }

    private let parts: [String: Part]
    private let listing: [ModelListing]
    private let seed: UInt64
    private let started = Int(WallClock.unixMilliseconds / 1000)

    /// A backend for the models of `settings`.
    public init(_ settings: SimulationSettings) {
        seed = settings.seed
        parts = Dictionary(settings.models.map { ($0.id, Part($0)) }) { first, _ in first }
        listing = settings.models.map { ModelListing(id: $0.id, owner: "simulated") }
    }

    /// Answers one request.
    public func respond(to exchange: Exchange) async {
        do throws(IOError) {
            let path = exchange.head.pathBytes
            if path.equals("/v1/chat/completions") {
                try await infer(.chat, exchange)
            } else if path.equals("/v1/completions") {
                try await infer(.completions, exchange)
            } else if path.equals("/v1/embeddings") {
                try await infer(.embeddings, exchange)
            } else {
                try await look(at: exchange.head.path, exchange)
            }
        } catch {
            // The client has gone, or a cut or a stall was drawn: the server resets what is not finished.
        }
    }

    /// What can be looked up: the models, and whether the backend is there.
    private func look(at path: String, _ exchange: Exchange) async throws(IOError) {
        let method = exchange.head.method
        guard path == "/healthz" || path == "/v1/models" || path.hasPrefix("/v1/models/") else {
            let name = String(decoding: exchange.head.methodBytes, as: UTF8.self)
            return try await refuse(.notFound(method: name, path: path), exchange)
        }
        guard method == .get || method == .head else {
            let name = String(decoding: exchange.head.methodBytes, as: UTF8.self)
            return try await refuse(.methodNotAllowed(name, path: path, allowed: "GET"), exchange)
        }
        if path == "/healthz" {
            try await exchange.respondJSON(Array(#"{"status":"ok","simulated":true}"#.utf8))
        } else if path == "/v1/models" {
            try await exchange.respondJSON(ModelListing.body(of: listing, created: started))
        } else {
            let name = String(path.dropFirst("/v1/models/".count))
            guard let entry = listing.first(where: { $0.id == name }) else {
                return try await refuse(.modelNotFound(name), exchange)
            }
            try await exchange.respondJSON(entry.body(created: started))
        }
    }

    private func infer(_ endpoint: Model.Endpoint, _ exchange: Exchange) async throws(IOError) {
        guard exchange.head.method == .post else {
            let name = String(decoding: exchange.head.methodBytes, as: UTF8.self)
            return try await refuse(.methodNotAllowed(name, path: exchange.head.path, allowed: "POST"), exchange)
        }
        let request: InferenceRequest
        do throws(APIError) {
            request = try InferenceRequest(exchange.body, endpoint: endpoint, jsonDepthMax: Self.jsonDepthMax)
        } catch {
            return try await refuse(error, exchange)
        }
        guard let part = parts[request.model] else { return try await refuse(.modelNotFound(request.model), exchange) }
        let ordinal = exchange.simulationSeed ?? part.requests.wrappingAdd(1, ordering: .relaxed).oldValue
        var performance = Performance(of: part.behaviour, seed: seed, ordinal: ordinal)
        if case .refused(let status) = performance.fate {
            try await exchange.loop.sleep(for: performance.timeToFirstToken, after: exchange.receivedAt)
            return try await refuse(.simulated(status: status), exchange)
        }
        if endpoint == .embeddings { return try await embed(request, performance, exchange) }
        let script = Script(for: request, &performance)
        var play = Play(of: script, for: request, performance)
        try await play.run(on: exchange)
    }

    private func embed(
        _ request: InferenceRequest,
        _ performance: Performance,
        _ exchange: Exchange
    ) async throws(IOError) {
        let body = EmbeddingsWriter.body(
            Embedding.vectors(for: request.document),
            isBase64: request.document["encoding_format"].map { request.document.equals($0, "base64") } ?? false,
            model: request.model,
            inputTokens: Script.inputTokens(of: request)
        )
        try await exchange.loop.sleep(for: performance.timeToFirstToken, after: exchange.receivedAt)
        try await exchange.respondJSON(body)
    }

    private func refuse(_ error: APIError, _ exchange: Exchange) async throws(IOError) {
        try await exchange.respondJSON(error.body, status: error.status, retryAfter: error.retryAfterSeconds)
    }
}
