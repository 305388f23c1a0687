internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Routing
internal import Server
internal import Tenancy
internal import Wire

/// The life of an inference request, top to bottom, in one task on one thread.
///
///     authenticate → decode → look up → score → decide → admit → dispatch and relay → settle → record
///
/// Whatever happens on the way, the request is settled and recorded exactly once.
struct Inference {
    /// What was called: an OpenAI endpoint, or the router itself.
    enum Kind: Hashable {
        case endpoint(Model.Endpoint)
        case route
    }

    let service: GatewayService
    let policy: Policy
    let worker: Worker
    let exchange: Exchange
    let kind: Kind

    func respond() async {
        let record = RequestRecord(
            id: worker.makeRequestID(),
            receivedAt: exchange.receivedAt,
            endpoint: .chat,
            priceVersion: policy.catalogue.priceVersion
        )
        record.begunAt = Instant.now
        record.trace = record.traceContext(exchange.head.fields, policy.settings.tracing)
        let result: Result<Answer, GatewayError>
        do throws(GatewayError) {
            result = .success(try await answer(record))
        } catch {
            result = .failure(error)
        }
        await finish(result, record)
    }

    /// Everything up to the last bytes of the answer, which ``finish(_:_:)`` sends.
    private func answer(_ record: RequestRecord) async throws(GatewayError) -> Answer {
        record.client = try authenticate()
        record.hops = try hops()
        let incoming = try decode()
        record.note(incoming)
        notePrompt(incoming, record)
        try admit(incoming, record)
        let wishes = try policy.wishes(
            model: incoming.request.model,
            options: incoming.options,
            of: record.client
        )
        if wishes.pinned == nil { record.strategy = wishes.strategy }
        if service.sharesAnswers, incoming.isExecuted, let key = AnswerKey(incoming.request, kind, of: record.client) {
            return try await sharedAnswer(for: key, incoming, wishes, record)
        }
        return try await decideAndDispatch(incoming, wishes, record)
    }

    // MARK: Stages

    private func authenticate() throws(GatewayError) -> Client {
        do throws(APIError) {
            return try policy.keys.client(of: exchange.head.fields)
        } catch {
            throw .invalid(error)
        }
    }

    /// Refuses what goes round in a circle: gateways that are each other's backends.
    private func hops() throws(GatewayError) -> Int {
        let hops = exchange.head.fields.hops
        guard hops <= policy.settings.limits.hopsMax else {
            throw .invalid(.loopDetected(hops: hops, hopsMax: policy.settings.limits.hopsMax))
        }
        return hops
    }

    @inline(never)
    private func decode() throws(GatewayError) -> Incoming {
        do throws(APIError) {
            return try Incoming(exchange.body, kind: kind, jsonDepthMax: policy.settings.limits.jsonDepthMax)
        } catch {
            throw .invalid(error)
        }
    }

    /// Sends the request to the chosen model and, where that fails, to the next.
    func dispatch(
        _ incoming: Incoming,
        _ decision: Decision,
        priority: Int,
        _ record: RequestRecord
    ) async throws(GatewayError) -> Answer {
        let isRoute = kind == .route
        let dispatch = Dispatch(
            policy: policy,
            spending: service.spending,
            worker: worker,
            exchange: exchange,
            request: incoming.request,
            fields: record.upstreamFields,
            preface: isRoute && incoming.request.streams ? routeEvent(decision, record) : [],
            deadline: record.receivedAt.advanced(by: policy.timeLimits.request),
            queueDeadline: worker.loop.now.advanced(by: policy.timeLimits.queue),
            priority: priority,
            cascade: cascade(incoming, decision, record)
        )
        let order = [decision.choice].compactMap(\.self) + decision.fallbacks
        record.isResumable = dispatch.resumes
        let answer = try await dispatch.run(order: order, record)
        guard isRoute, case .whole(200, let contentType, let body) = answer else { return answer }
        return .whole(status: 200, contentType: contentType, body: adding(routeMember(decision, record), to: body))
    }

    /// What the answers have to pass, where the strategy is to ask a better model otherwise.
    private func cascade(_ incoming: Incoming, _ decision: Decision, _ record: RequestRecord) -> Cascade? {
        guard record.strategy == .cascade, incoming.request.endpoint != .embeddings else { return nil }
        let isNamed = if case .models? = incoming.options?.fallbacks { true } else { false }
        return Cascade(incoming.request, by: policy, named: isNamed ? decision.fallbacks : nil)
    }

    // MARK: The end

    /// Settles, sends what is left, records: before the last byte where durability is strict, else after it.
    private func finish(_ result: Result<Answer, GatewayError>, _ record: RequestRecord) async {
        record.isStarted = exchange.hasStarted
        record.settle(result)
        settleLimits(record)
        settlePlan(record)
        if policy.isStrict {
            await gatherEvidence(record)
            await keepDurably(record)
            _ = await send(result, record)
        } else {
            if await !send(result, record) { record.outcome = .clientClosed }
            await gatherEvidence(record)
            keep(record)
        }
        count(record)
    }

    // Not inlined, these three: rows are large, and would lie in the frame that every connection keeps.

    @inline(never)
    private func keepDurably(_ record: RequestRecord) async {
        worker.holds.remove(record)
        await service.ledger.recordDurably(entry(of: record))
    }

    @inline(never)
    private func keep(_ record: RequestRecord) {
        worker.holds.remove(record)
        service.ledger.record(entry(of: record))
    }

    /// The request's rows, which those who watch and those who trace get as well.
    private func entry(of record: RequestRecord) -> LedgerEntry {
        let entry = record.ledgerEntry(by: policy, at: Instant.now)
        service.recent.note(entry.request)
        if let context = record.trace, context.isSampled, policy.settings.tracing.url != nil {
            let trace = Trace(context: context, entry: entry, numbers: record.attempts.map(\.number))
            service.traces.add(trace, countMax: policy.settings.tracing.queueMax)
        }
        return entry
    }

    @inline(never)
    private func count(_ record: RequestRecord) { worker.metrics.count(record.finished(at: Instant.now)) }

    /// Sends the whole answer, the rest of a stream, or the error; false if the client did not take it.
    private func send(_ result: Result<Answer, GatewayError>, _ record: RequestRecord) async -> Bool {
        do throws(IOError) {
            switch result {
            case .success(.whole(let status, let contentType, let body)):
                let fields = record.answerFields(contentType: contentType)
                try await exchange.respond(status: status, fields: fields, body: body)
            case .success(.stream(let rest, let ending)):
                if !exchange.hasStarted { try await exchange.startStream(status: 200, fields: record.streamFields) }
                try await exchange.finish((rest + record.costComment + ending)[...])
            case .failure(.clientClosed):
                exchange.abort()
                return false
            case .failure(let error) where exchange.hasStarted:
                // The status has gone out: the error goes in band, and no `[DONE]` follows it.
                try await exchange.finish((record.costComment + error.response.event)[...])
            case .failure(let error):
                let response = error.response
                let fields = record.answerFields(contentType: Array("application/json".utf8)) + response.fields
                try await exchange.respond(status: response.status, fields: fields, body: response.body)
            }
            return true
        } catch {
            return false
        }
    }
}
