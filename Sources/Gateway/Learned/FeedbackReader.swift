internal import Dispatch
internal import Domain
internal import Ledger
internal import Logging
internal import Synchronization

/// Reads what was judged from the ledger, on a serial queue of its own, for those who learn from it while the gateway serves.
///
/// A ledger that cannot be read now may be soon: what was to be learned waits and is tried again, so nothing that was said
/// is lost.
final class FeedbackReader: Sendable {
    /// Where whoever learns works.
    let queue: DispatchQueue
    private let reader: LedgerReader
    private let retry: DispatchTimeInterval
    /// Who learns, for the log: `routers`.
    private let learners: String
    private let log: Logger
    /// Requests that were judged and not yet learned from.
    private let judged = Mutex<[RequestID]>([])
    /// Whether another attempt is due, which serves all that were asked for meanwhile.
    private let isAttemptDue = Mutex(false)

    /// A reader of `ledger`, which tries again after `retry` what it could not read.
    init(
        ledger: LedgerLocation,
        for learners: String,
        queue label: String,
        retry: DispatchTimeInterval = .seconds(1),
        log: Logger
    ) throws(GatewayStartError) {
        do throws(LedgerError) {
            reader = try LedgerReader(at: ledger, connectionsMax: 1)
        } catch {
            throw .ledger(reason: "\(error)")
        }
        queue = DispatchQueue(label: label, qos: .utility)
        (self.learners, self.retry, self.log) = (learners, retry, log)
    }

    /// Has `learn` called on the queue with the request and all others that are judged meanwhile; those that it gives back
    /// could not be read, and it is called with them again.
    func note(_ id: RequestID, learn: @escaping @Sendable ([RequestID]) -> [RequestID]) {
        let isFirst = judged.withLock { judged in
            defer { judged.append(id) }
            return judged.isEmpty
        }
        // One look takes all that came meanwhile.
        if isFirst { queue.async { self.take(learn) } }
    }

    /// Has `read` done on the queue, and done again until it says that the ledger could be read.
    ///
    /// Whoever asks, asks with the same: what is to be read is looked up when it can be.
    func untilRead(_ read: @escaping @Sendable () -> Bool) {
        queue.async { self.attempt(read) }
    }

    private func attempt(_ read: @escaping @Sendable () -> Bool) {
        guard !read() else { return }
        let isFirst = isAttemptDue.withLock { isDue in
            defer { isDue = true }
            return !isDue
        }
        guard isFirst else { return }
        queue.asyncAfter(deadline: .now() + retry) { [weak self] in
            self?.isAttemptDue.withLock { $0 = false }
            self?.attempt(read)
        }
    }

    private func take(_ learn: @escaping @Sendable ([RequestID]) -> [RequestID]) {
        let ids = judged.withLock { judged in
            defer { judged = [] }
            return judged
        }
        let unread = learn(ids)
        guard !unread.isEmpty else { return }
        let isFirst = judged.withLock { judged in
            defer { judged = unread + judged }
            return judged.isEmpty
        }
        if isFirst { queue.asyncAfter(deadline: .now() + retry) { [weak self] in self?.take(learn) } }
    }

    /// What the ledger answers, asked on the queue; `nil` if it could not be read, which the log tells.
    func read<Value>(_ question: (LedgerReader) throws(LedgerError) -> Value) -> Value? {
        do throws(LedgerError) {
            return try question(reader)
        } catch {
            log.warning("\(learners) cannot learn from feedback for now: \(error)")
            return nil
        }
    }
}
