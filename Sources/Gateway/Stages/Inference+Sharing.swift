internal import Domain
internal import Reactor
internal import Wire

/// Answers that several requests get: out of the cache, or from one call while it is made.
extension Inference {
    /// An answer that another request has got or is about to get, or else one of its own.
    func sharedAnswer(
        for key: AnswerKey,
        _ incoming: Incoming,
        _ wishes: RoutingWishes,
        _ record: RequestRecord
    ) async throws(GatewayError) -> Answer {
        while true {
            if let known = service.cache?.answer(for: key, of: record.client, at: worker.loop.now) {
                return known.replay(in: record, from: .cache)
            }
            // A follower of a stream would see nothing until the leader, at its client's pace, had seen all.
            guard let coalescer = service.coalescer, !incoming.request.streams else {
                return try await ownAnswer(for: key, incoming, wishes, record).answer
            }
            switch coalescer.join(key, of: record.client) {
            case .leader(let flight):
                return try await lead(flight, of: coalescer, for: key, incoming, wishes, record)
            case .follower(let flight):
                if let answer = try await follow(flight, record) { return answer }
            }
        }
    }

    /// Calls a model, and keeps what others may get of it.
    private func ownAnswer(
        for key: AnswerKey,
        _ incoming: Incoming,
        _ wishes: RoutingWishes,
        _ record: RequestRecord
    ) async throws(GatewayError) -> (answer: Answer, shared: SharedAnswer?) {
        let answer = try await decideAndDispatch(incoming, wishes, record)
        record.comparison = record.compared(by: policy)
        let shared = SharedAnswer(answer, record)
        if let shared { service.cache?.keep(shared, for: key, at: worker.loop.now) }
        return (answer, shared)
    }

    private func lead(
        _ flight: Coalescer.Flight,
        of coalescer: Coalescer,
        for key: AnswerKey,
        _ incoming: Incoming,
        _ wishes: RoutingWishes,
        _ record: RequestRecord
    ) async throws(GatewayError) -> Answer {
        do throws(GatewayError) {
            let (answer, shared) = try await ownAnswer(for: key, incoming, wishes, record)
            coalescer.end(flight, with: shared.map { .answered($0) } ?? .abandoned)
            return answer
        } catch {
            if case .attemptsFailed = error {
                coalescer.end(flight, with: .failed(error))
            } else {
                coalescer.end(flight, with: .abandoned)
            }
            throw error
        }
    }

    /// Waits for the answer of the request that leads; `nil` if that has been given up, and this one may go ahead.
    private func follow(_ flight: Coalescer.Flight, _ record: RequestRecord) async throws(GatewayError) -> Answer? {
        let began = Instant.now
        // Not the gateway's own work, and no backend's for this request.
        defer { record.queued += began.duration(to: Instant.now) }
        let deadline = record.receivedAt.advanced(by: policy.timeLimits.request)
        let result: Coalescer.Result?
        do throws(IOError) {
            result = try await flight.result(until: deadline, on: worker.loop)
        } catch {
            throw .clientClosed
        }
        switch result {
        case .answered(let answer): return answer.replay(in: record, from: .coalesced)
        case .failed(let error): throw error
        case .abandoned: return nil
        case nil: throw .deadlinePassed
        }
    }
}
