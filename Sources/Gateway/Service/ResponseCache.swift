internal import Domain
internal import Reactor
internal import Routing
internal import Synchronization
internal import Tenancy

/// Whole answers by whole requests: the exact cache, off unless switched on.
///
/// A hit calls no backend and costs nothing.
final class ResponseCache: Sendable {
    private let answers: Mutex<LRUCache<AnswerKey, SharedAnswer>>

    init(bytesMax: Int, timeToLive: Duration) {
        // The byte limit is the one that counts; an entry takes 256 bytes at least.
        answers = Mutex(LRUCache(capacity: max(bytesMax / 256, 1), bytesMax: bytesMax, timeToLive: timeToLive))
    }

    /// The answer to an equal request of the same tenant.
    func answer(for key: AnswerKey, of client: Client, at now: Instant) -> SharedAnswer? {
        guard let found = answers.withLock({ $0.value(for: key, now: now.nanoseconds) }) else { return nil }
        // Keys share answers within their organisation, but not models.
        return client.mayUse(found.backend.model.id) ? found : nil
    }

    /// Keeps `answer`, if it is one that an equal request ought to get again.
    func keep(_ answer: SharedAnswer, for key: AnswerKey, at now: Instant) {
        guard answer.status == 200 else { return }
        let bytes = key.body.count + answer.body.count + 256
        answers.withLock { $0.insert(answer, for: key, bytes: bytes, now: now.nanoseconds) }
    }
}
