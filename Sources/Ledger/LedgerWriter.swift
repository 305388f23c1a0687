internal import Dispatch
internal import Synchronization

/// Writes requests to the ledger without ever making one wait for it.
///
/// Rows are handed over in memory, and one serial queue commits them: one transaction per tick, or at once where a
/// request waits for its row; all that came in meanwhile shares the next one (group commit). Where each row is:
///
///     record → queue → database                    the usual way
///                    ↘ spill file → database       disk full, file locked: retried, replayed, also by the next process
///                    ↘ memory (queueRowsMax)       neither file takes it: retried, then dropped and counted
///
/// Every method may be called on any thread. ``record(_:)`` and ``recordDurably(_:then:)`` never touch a file.
public final class LedgerWriter: Sendable {
    private let settings: LedgerSettings
    private let onEvent: @Sendable (LedgerEvent) -> Void
    private let waiting = Mutex(EntryQueue())
    /// Taken by work on `queue` alone, so never waited for.
    private let committer: Mutex<Committer>
    private let queue = DispatchQueue(label: "switchyard.ledger.writer")

    /// Opens or makes the ledger at `location` and its spill file, and begins to replay what an earlier process left there.
    ///
    /// - Parameters:
    ///   - location: The database; a SQLite file's directory must exist.
    ///   - settings: The limits.
    ///   - onEvent: Told of each change in the ledger's health, on the writer's queue.
    /// - Throws: ``LedgerError`` where either file cannot be opened, is in use, or comes from a newer version.
    public init(
        at location: LedgerLocation,
        settings: LedgerSettings,
        onEvent: @escaping @Sendable (LedgerEvent) -> Void
    ) throws(LedgerError) {
        self.settings = settings
        self.onEvent = onEvent
        let spillPath = settings.spillPath ?? location.spillPath
        let spill = try SpillFile(path: spillPath, bytesMax: settings.spillBytesMax)
        let (spilled, damaged) = (spill.rowCount, spill.damagedCount)
        let database = try location.database(settings)
        replica = database.replica
        committer = Mutex(Committer(database: database, spill: spill, settings: settings))
        waiting.withLock { waiting in
            waiting.metrics.rowsSpilled = spilled
            waiting.metrics.rowsRejected = damaged
        }
        if damaged > 0 { onEvent(.rejected(reason: "\(damaged) rows of the spill file do not match their checksums")) }
        if spilled > 0 { drain(after: 0, clearing: \.isRetryScheduled) }
    }

    /// Opens or makes the ledger in the SQLite file at `path`; see ``init(at:settings:onEvent:)``.
    public convenience init(
        path: String,
        settings: LedgerSettings,
        onEvent: @escaping @Sendable (LedgerEvent) -> Void
    ) throws(LedgerError) {
        try self.init(at: .sqlite(path: path), settings: settings, onEvent: onEvent)
    }

    /// Hands `entry` over, to be written within a tick.
    ///
    /// Does no I/O and takes no longer than a short critical section.
    public func record(_ entry: LedgerEntry) {
        let isTickDue = waiting.withLock { waiting in
            let isAdded = waiting.append(entry, countMax: settings.queueRowsMax)
            return isAdded && waiting.schedulesTick()
        }
        if isTickDue { drain(after: settings.tickMilliseconds, clearing: \.isTickScheduled) }
    }

    /// Changes the open holds, and has a tick look at them.
    func change(_ change: (inout OpenHolds) -> Void) {
        let isTickDue = waiting.withLock { waiting in
            change(&waiting.holds)
            return waiting.holds.awaitTick && waiting.schedulesTick()
        }
        if isTickDue { drain(after: settings.tickMilliseconds, clearing: \.isTickScheduled) }
    }

    /// Hands `entry` over, to be written at once, and calls `then` when it would survive a power cut.
    ///
    /// `then` runs on the writer's queue, so it must be short. It also runs where the row could not be made safe: after
    /// ``LedgerSettings/durableWaitMillisecondsMax``, or at once if memory is at its limit; the metrics count both.
    public func recordDurably(_ entry: LedgerEntry, then: @escaping @Sendable () -> Void) {
        commit({ $0.append(entry, countMax: settings.queueRowsMax) }, then: then)
    }

    /// Has what `add` puts into the queue committed at once, and calls `then` when it is safe, or if it was not taken.
    func commit(_ add: (inout EntryQueue) -> Bool, then: @escaping @Sendable () -> Void) {
        let (isAdded, isCommitDue) = waiting.withLock { waiting in
            guard add(&waiting) else { return (false, false) }
            waiting.append(waiter: then)
            defer { waiting.isCommitScheduled = true }
            return (true, !waiting.isCommitScheduled)
        }
        if isCommitDue { drain(after: 0, clearing: \.isCommitScheduled) }
        if !isAdded { queue.async(execute: then) }
    }

    /// Hands `entry` over and returns when it would survive a power cut; see ``recordDurably(_:then:)``.
    public func recordDurably(_ entry: LedgerEntry) async {
        await withCheckedContinuation { continuation in
            recordDurably(entry) { continuation.resume() }
        }
    }

    /// This process among those that write the ledger; `nil` where there is no other.
    public let replica: Replica?

    /// What the writer has done and holds.
    public var metrics: LedgerMetrics { waiting.withLock { $0.snapshot() } }

    /// Returns when all that was recorded before is in the database, or, where it takes none, in the spill file.
    public func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.drain()
                continuation.resume()
            }
        }
    }

    /// Writes all that was recorded and closes both files; what is recorded later is dropped and counted.
    ///
    /// Blocks until done, so it is not for an event loop's thread.
    public func close() {
        queue.sync {
            guard waiting.withLock({ $0.close() }) else { return }
            drain(isLast: true)
            committer.withLock { $0.close() }
        }
    }

    /// Deletes the requests that began before `unixMilliseconds`, with their attempts, and returns their number.
    ///
    /// In transactions of `rowsPerTransaction`, with rows written in between; the file keeps its size and reuses it.
    public func prune(before unixMilliseconds: Int64, rowsPerTransaction: Int) async throws(LedgerError) -> Int {
        try await prune { try $0.prune(before: unixMilliseconds, rowsMax: rowsPerTransaction) }
    }

    /// Deletes what was kept of the prompts of requests that began before `unixMilliseconds`, or that are not among the
    /// latest `requestsMax`, and returns the number; the requests themselves stay.
    public func pruneEvidence(
        before unixMilliseconds: Int64,
        requestsMax: Int,
        rowsPerTransaction: Int
    ) async throws(LedgerError) -> Int {
        try await prune {
            try $0.pruneEvidence(before: unixMilliseconds, requestsMax: requestsMax, rowsMax: rowsPerTransaction)
        }
    }

    /// Deletes a transaction's worth at a time, with rows written in between, until there is nothing left to delete.
    private func prune(
        _ some: @escaping @Sendable (any LedgerDatabase) throws -> Int
    ) async throws(LedgerError) -> Int {
        var total = 0
        while true {
            let result: Result<Int, LedgerError> = await withCheckedContinuation { continuation in
                queue.async {
                    continuation.resume(returning: self.committer.withLock { $0.prune(some) })
                }
            }
            let count = try result.get()
            total += count
            if count == 0 { return total }
        }
    }

    /// Runs `work` on the writer's queue.
    func onQueue(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    /// Replays what is spilled, then books the holds of earlier processes; on the queue.
    func recover() -> Result<[LedgerEntry], LedgerError> {
        while true {
            let before = waiting.withLock { $0.metrics.rowsSpilled }
            guard before > 0 else { break }
            drain()
            let metrics = waiting.withLock { $0.metrics }
            // Until a retry is due nothing moves: whoever starts the process decides what to do.
            guard metrics.rowsSpilled < before else {
                return .failure(.cannotRecover(reason: metrics.lastRefusal ?? "the spill file is not replayed"))
            }
        }
        return committer.withLock { $0.recoverHolds() }
    }

    /// Has the queue drain later; `flag` says until then that this is arranged.
    private func drain(after milliseconds: Int, clearing flag: any WritableKeyPath<EntryQueue, Bool> & Sendable) {
        let work = { @Sendable in
            self.waiting.withLock { $0[keyPath: flag] = false }
            self.drain(isTick: flag == \EntryQueue.isTickScheduled)
        }
        if milliseconds > 0 {
            queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: work)
        } else {
            queue.async(execute: work)
        }
    }

    /// Gives all that waits to the committer, and tells everyone what came of it.
    ///
    /// On the queue.
    private func drain(isTick: Bool = false, isLast: Bool = false) {
        let (batch, isTickDue) = waiting.withLock { waiting in
            let batch = waiting.take(isTick: isTick || isLast)
            return (batch, !isLast && waiting.holds.awaitTick && waiting.schedulesTick())
        }
        if isTickDue { drain(after: settings.tickMilliseconds, clearing: \.isTickScheduled) }
        let (turn, events, isRetryDue) = committer.withLock { committer in
            let turn = committer.turn(batch, isLast: isLast)
            let (events, isRetryDue) = waiting.withLock { $0.note(turn, committer, isLast: isLast) }
            return (turn, events, isRetryDue)
        }
        if isRetryDue, let pause = turn.nextTurnMilliseconds { drain(after: pause, clearing: \.isRetryScheduled) }
        for event in events { onEvent(event) }
        for then in turn.waiters { then() }
    }
}
