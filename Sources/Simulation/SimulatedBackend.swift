public import Configuration
internal import Domain
internal import HTTP
internal import Reactor
public import Server
internal import Synchronization
internal import Wire

/// A backend that makes its answers up: OpenAI's API in front of no model, for demonstrations, tests and benchmarks.
///
/// Every answer says so: its text begins with a label, unless it is one that the settings give; its `system_fingerprint` is `simulated`, and so says the header
/// `x-switchyard-simulated`. Times, lengths and failures are drawn from the settings; a request with the header
/// `x-simulation-seed` gets what that number draws, others get what their turn at their model draws. What goes wrong can
/// be said by the request instead: in the header `x-simulate` or, since gateways pass bodies on but not headers, in the
/// body's `metadata.simulate`, as ``FaultScript`` reads it. `GET /simulation/stats` tells what each model was asked.
public final class SimulatedBackend: RequestHandler {
    private static let jsonDepthMax = 64

    private let tallies: [String: ModelTally]
    private let listing: [ModelListing]
    private let seed: UInt64
    private let answers: KnownAnswers
    private let started = Int(WallClock.unixMilliseconds / 1000)

    /// A backend for the models of `settings`.
    public init(_ settings: SimulationSettings) {
        seed = settings.seed
        answers = KnownAnswers(settings)
        tallies = Dictionary(settings.models.map { ($0.id, ModelTally($0)) }) { first, _ in first }
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
        let known = ["/healthz", "/v1/models", "/simulation/stats"]
        guard known.contains(path) || path.hasPrefix("/v1/models/") else {
            let name = String(decoding: exchange.head.methodBytes, as: UTF8.self)
            return try await exchange.refuse(.notFound(method: name, path: path))
        }
        guard method == .get || method == .head else {
            let name = String(decoding: exchange.head.methodBytes, as: UTF8.self)
            return try await exchange.refuse(.methodNotAllowed(name, path: path, allowed: "GET"))
        }
        if path == "/healthz" {
            try await exchange.respondJSON(Array(#"{"status":"ok","simulated":true}"#.utf8))
        } else if path == "/simulation/stats" {
            try await exchange.respondJSON(statistics)
        } else if path == "/v1/models" {
            try await exchange.respondJSON(ModelListing.body(of: listing, created: started))
        } else {
            let name = String(path.dropFirst("/v1/models/".count))
            guard let entry = listing.first(where: { $0.id == name }) else {
                return try await exchange.refuse(.modelNotFound(name))
            }
            try await exchange.respondJSON(entry.body(created: started))
        }
    }

    private var statistics: [UInt8] {
        var writer = JSONWriter()
        writer.object { body in
            body.array("models") { models in
                for entry in listing { tallies[entry.id]?.write(to: &models) }
            }
        }
        return writer.bytes
    }

    private func infer(_ endpoint: Model.Endpoint, _ exchange: Exchange) async throws(IOError) {
        guard exchange.head.method == .post else {
            let name = String(decoding: exchange.head.methodBytes, as: UTF8.self)
            return try await exchange.refuse(.methodNotAllowed(name, path: exchange.head.path, allowed: "POST"))
        }
        let request: InferenceRequest
        do throws(APIError) {
            request = try InferenceRequest(exchange.body, endpoint: endpoint, jsonDepthMax: Self.jsonDepthMax)
        } catch {
            return try await exchange.refuse(error)
        }
        guard let tally = tallies[request.model] else {
            return try await exchange.refuse(.modelNotFound(request.model))
        }
        let script = exchange.faultScript(in: request.document)
        guard script == nil || script.flatMap(FaultScript.init) != nil else {
            return try await exchange.refuse(.invalidRequest("No script: \(script ?? "")", param: "metadata.simulate"))
        }
        let call = tally.calls.wrappingAdd(1, ordering: .relaxed).oldValue
        tally.active.add(1, ordering: .relaxed)
        defer { tally.active.subtract(1, ordering: .relaxed) }
        let ordinal = exchange.simulationSeed ?? tally.turns.wrappingAdd(1, ordering: .relaxed).oldValue
        let performance = Performance(of: tally.behaviour, seed: seed, ordinal: ordinal)
        let scripted = script.flatMap(FaultScript.init).flatMap {
            $0.fault(for: request.model, attempt: tally.nextAttempt(of: exchange.requestID))
        }
        let fault = scripted ?? tally.behaviour.script?[call] ?? performance.fault
        tally.note(fault)
        do throws(IOError) {
            try await perform(performance, fault, request, tally, exchange)
        } catch {
            tally.aborted.add(1, ordering: .relaxed)
            throw error
        }
    }

    /// Fails as a whole, or plays an answer, in which a fault may show as well.
    private func perform(
        _ performance: Performance,
        _ fault: SimulatedFault,
        _ request: InferenceRequest,
        _ tally: ModelTally,
        _ exchange: Exchange
    ) async throws(IOError) {
        var performance = performance
        if case .delay(let milliseconds) = fault { performance.delay(by: .milliseconds(milliseconds)) }
        let failure: APIError
        var retryAfter: SimulatedFault.RetryAfter?
        switch fault {
        case .silence: return try await exchange.loop.sleep(until: .never)
        case .status(let status, let after):
            failure = .simulated(status: status)
            retryAfter = after
        case .contextExceeded: failure = .simulatedContextExceeded
        case .contentRefused: failure = .simulatedContentRefused
        case .hangUp, .wrongContentType:
            try await exchange.loop.sleep(for: performance.timeToFirstToken, after: exchange.receivedAt)
            if fault == .hangUp { return exchange.abort() }
            let page = Array("<html><body>\(Script.label) Welcome to nginx!</body></html>".utf8)
            return try await exchange.respond(status: 200, fields: Exchange.fields("text/html"), body: page)
        case .none, .delay, .cut, .stall, .malformed, .errorEvent, .contentFilter, .truncated, .endless, .drip,
            .noDone, .afterDone, .noUsage, .wrongUsage:
            if request.endpoint == .embeddings { return try await embed(request, performance, fault, exchange) }
            let known = answers.answer(to: request, of: tally.behaviour)
            let script = Script(for: request, knowing: known, &performance)
            var play = Play(of: script, for: request, performance, fault, tally)
            return try await play.run(on: exchange)
        }
        try await exchange.loop.sleep(for: performance.timeToFirstToken, after: exchange.receivedAt)
        try await exchange.refuse(failure, retryAfter: retryAfter)
    }

    private func embed(
        _ request: InferenceRequest,
        _ performance: Performance,
        _ fault: SimulatedFault,
        _ exchange: Exchange
    ) async throws(IOError) {
        let body = EmbeddingsWriter.body(
            Embedding.vectors(for: request.document),
            isBase64: request.document["encoding_format"].map { request.document.equals($0, "base64") } ?? false,
            model: request.model,
            inputTokens: Script.inputTokens(of: request)
        )
        try await exchange.loop.sleep(for: performance.timeToFirstToken, after: exchange.receivedAt)
        try await exchange.send(whole: body, fault)
    }
}

extension Exchange {
    /// The script that comes with a request; empty if it is no text.
    fileprivate func faultScript(in body: JSONDocument) -> String? {
        if let text = head.fields.string("x-simulate") { return text }
        guard let metadata = body["metadata"] else { return nil }
        let member = body.members(of: metadata).first { body.equals($0.key, "simulate") }
        return member.map { (try? body.string(of: $0.value)) ?? "" }
    }
}
