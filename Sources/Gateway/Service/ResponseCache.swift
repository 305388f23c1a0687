internal import Domain
internal import Reactor
internal import Routing
internal import Synchronization
internal import Tenancy
internal import Wire

/// Whole answers by whole requests: the exact cache, off unless switched on.
///
/// A hit calls no backend and costs nothing.
///
/// Only answers that ought to be the same again are kept: requests with temperature 0 or a seed, and embeddings. Tenants
/// do not share answers.
final class ResponseCache: Sendable {
    /// An answer as its client got it.
    struct CachedAnswer: Sendable {
        let isStream: Bool
        let contentType: [UInt8]
        let body: [UInt8]
        /// The events that end a stream; empty for a whole answer.
        let ending: [UInt8]
        let backend: Backend
        let comparison: Comparison?
    }

    private struct Key: Hashable, Sendable {
        let tenant: TenantID
        /// What was called: the router's answers have more in them than an endpoint's, and a body may suit both.
        let kind: Inference.Kind
        let endpoint: Model.Endpoint
        let body: ArraySlice<UInt8>
    }

    private let answers: Mutex<LRUCache<Key, CachedAnswer>>

    init(bytesMax: Int, timeToLive: Duration) {
        // The byte limit is the one that counts; an entry takes 256 bytes at least.
        answers = Mutex(LRUCache(capacity: max(bytesMax / 256, 1), bytesMax: bytesMax, timeToLive: timeToLive))
    }

    /// The answer to an equal request of the same tenant.
    func answer(
        to request: InferenceRequest,
        _ kind: Inference.Kind,
        of client: Client,
        at now: Instant
    ) -> CachedAnswer? {
        guard request.isDeterministic else { return nil }
        let key = Key(tenant: client.payer.organisation, kind: kind, endpoint: request.endpoint, body: request.body)
        guard let found = answers.withLock({ $0.value(for: key, now: now.nanoseconds) }) else { return nil }
        // Keys share answers within their organisation, but not models.
        return client.mayUse(found.backend.model.id) ? found : nil
    }

    /// Keeps `answer`, if it is one that an equal request ought to get again.
    func keep(
        _ answer: Answer,
        to request: InferenceRequest,
        _ kind: Inference.Kind,
        _ record: RequestRecord,
        at now: Instant
    ) {
        guard request.isDeterministic, let backend = record.backend else { return }
        let kept: CachedAnswer
        switch answer {
        case .whole(200, let contentType, let body):
            kept = CachedAnswer(
                isStream: false,
                contentType: contentType,
                body: body,
                ending: [],
                backend: backend,
                comparison: record.comparison
            )
        case .stream(let rest, let ending):
            guard let streamed = record.streamed else { return }
            let body = streamed + rest
            kept = CachedAnswer(
                isStream: true,
                contentType: [],
                body: body,
                ending: ending,
                backend: backend,
                comparison: record.comparison
            )
        case .whole: return
        }
        let key = Key(
            tenant: record.client.payer.organisation,
            kind: kind,
            endpoint: request.endpoint,
            body: request.body
        )
        let bytes = key.body.count + kept.body.count + 256
        answers.withLock { $0.insert(kept, for: key, bytes: bytes, now: now.nanoseconds) }
    }
}

extension ResponseCache.CachedAnswer {
    /// The answer once more: no attempt, no tokens, no cost.
    func replay(in record: RequestRecord) -> Answer {
        record.isCacheHit = true
        record.backend = backend
        record.comparison = comparison
        guard isStream else { return .whole(status: 200, contentType: contentType, body: body) }
        return .stream(rest: body, ending: ending)
    }
}
