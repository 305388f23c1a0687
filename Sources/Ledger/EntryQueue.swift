internal import Domain

/// The entries that wait for the writer, and what it has told about itself: all that its lock guards.
struct EntryQueue: Sendable {
    /// Entries in segments of this many, so that a long queue grows without copying what it holds under the lock.
    private static let segmentCount = 128

    /// A batch as the writer takes it.
    struct Batch: Sendable {
        var segments: [[LedgerEntry]] = []
        var waiters: [@Sendable () -> Void] = []
        var oldest: ContinuousClock.Instant?
        /// Holds to be written to the journal, and those to be taken out of it.
        var holds: [HoldRow] = []
        var closedHolds: [RequestID] = []
    }

    var metrics = LedgerMetrics()
    var isTickScheduled = false
    var isCommitScheduled = false
    var isRetryScheduled = false
    private var isClosed = false
    private var unwrittenSince: ContinuousClock.Instant?
    private var rowsDroppedTold = 0
    private var batch = Batch()
    var holds = OpenHolds()

    /// Adds `entry`; false if the queue is full or closed, and the entry counted as lost.
    mutating func append(_ entry: LedgerEntry, countMax: Int) -> Bool {
        guard metrics.rowsQueued < countMax, !isClosed else {
            metrics.rowsDropped += 1
            holds.forget(entry.request.id)
            return false
        }
        metrics.rowsQueued += 1
        holds.close(entry.request.id)
        if batch.oldest == nil { batch.oldest = .now }
        if batch.segments.last.map({ $0.count < Self.segmentCount }) != true {
            batch.segments.append([])
            batch.segments[batch.segments.count - 1].reserveCapacity(Self.segmentCount)
        }
        batch.segments[batch.segments.count - 1].append(entry)
        return true
    }

    /// Adds a hold that somebody waits for; false if the queue is closed.
    mutating func open(_ hold: HoldRow) -> Bool {
        if !isClosed { holds.open(hold, isUrgent: true) }
        return !isClosed
    }

    /// Adds someone to call when the entry or the hold that was just added is safe.
    mutating func append(waiter: @escaping @Sendable () -> Void) { batch.waiters.append(waiter) }

    /// Whether a tick is to be arranged, as none is under way; one is from now on.
    mutating func schedulesTick() -> Bool {
        defer { isTickScheduled = true }
        return !isTickScheduled
    }

    /// Hands over all that waits.
    ///
    /// The entries count as queued until the writer has placed them.
    mutating func take(isTick: Bool) -> Batch {
        (batch.holds, batch.closedHolds) = holds.take(isTick: isTick)
        defer { batch = Batch() }
        return batch
    }

    /// Lets nothing more in; false if that was so already.
    mutating func close() -> Bool {
        defer { isClosed = true }
        return !isClosed
    }

    /// Takes note of what a turn did; returns what to tell, and whether the turn that is still due is to be arranged.
    mutating func note(
        _ turn: Committer.Turn,
        _ committer: borrowing Committer,
        isLast: Bool
    ) -> (events: [LedgerEvent], isRetryDue: Bool) {
        let waitingCount = batch.segments.reduce(0) { $0 + $1.count }
        metrics.rowsQueued = waitingCount + (isLast ? 0 : committer.rowsHeld)
        if isLast { metrics.rowsDropped += committer.rowsHeld }
        metrics.rowsSpilled = committer.rowsSpilled
        metrics.spillBytes = committer.spillBytes
        metrics.rowsWritten += turn.rowsWritten
        metrics.rowsRejected += turn.rowsRejected
        metrics.rowsUnsafe += turn.rowsUnsafe
        metrics.commits += turn.commits
        metrics.lastCommit = turn.lastCommit ?? metrics.lastCommit
        metrics.refusals += turn.refusals.count
        metrics.lastRefusal = turn.refusals.last ?? metrics.lastRefusal
        unwrittenSince = committer.unwrittenSince

        var events = turn.events
        if metrics.rowsDropped > rowsDroppedTold {
            events.append(.dropped(rows: metrics.rowsDropped - rowsDroppedTold))
            rowsDroppedTold = metrics.rowsDropped
        }
        let isRetryDue = turn.nextTurnMilliseconds != nil && !isRetryScheduled && !isLast
        if isRetryDue { isRetryScheduled = true }
        return (events, isRetryDue)
    }

    /// The metrics with the lag as of now.
    func snapshot() -> LedgerMetrics {
        var metrics = metrics
        let oldest = [unwrittenSince, batch.oldest].compactMap(\.self).min()
        metrics.lag = oldest.map { .now - $0 } ?? .zero
        return metrics
    }
}
