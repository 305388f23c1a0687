/// The writer's state between turns; lives on the writer's queue.
///
/// Invariant: a row handed over is in `held`, in the spill file, in the database, or counted as lost. It may be in two of
/// them after a failure whose effect is unknown; the database keeps one, by its id. The same holds for a hold, until the
/// row of its request takes its place.
struct Committer: ~Copyable {
    /// What one turn did, for the metrics, the log and those who wait.
    struct Turn {
        var rowsWritten = 0
        var rowsRejected = 0
        var rowsUnsafe = 0
        var commits = 0
        var lastCommit: Duration?
        var refusals: [String] = []
        var events: [LedgerEvent] = []
        var waiters: [@Sendable () -> Void] = []
        /// When the next turn is due though nothing new comes in.
        var nextTurnMilliseconds: Int?
    }

    private enum Health { case well, spilling, holding }

    private let database: any LedgerDatabase
    private let settings: LedgerSettings
    private var spill: SpillFile
    private var health: Health
    private var retryAt: ContinuousClock.Instant?
    private var rowsRecovered = 0
    private var isClosed = false
    private var journal = HoldJournal()
    /// Rows that no file has taken yet.
    private var held: [[LedgerEntry]] = []
    private var waiters: [@Sendable () -> Void] = []
    private var waitersSince: ContinuousClock.Instant?
    /// Since when there are rows outside of the database.
    private(set) var unwrittenSince: ContinuousClock.Instant?

    /// Whether all rows and holds are in one of the files.
    private var isPlaced: Bool { held.isEmpty && journal.unwritten.isEmpty }
    var rowsHeld: Int { held.reduce(0) { $0 + $1.count } }
    var rowsSpilled: Int { spill.rowCount }
    var spillBytes: Int { spill.byteCount }

    init(database: any LedgerDatabase, spill: consuming SpillFile, settings: LedgerSettings) {
        health = spill.rowCount > 0 ? .spilling : .well
        unwrittenSince = spill.rowCount > 0 ? .now : nil
        self.database = database
        self.spill = spill
        self.settings = settings
    }

    /// Places `batch` and what was held: into the database, else into the spill file, else it stays here.
    mutating func turn(_ batch: EntryQueue.Batch, isLast: Bool) -> Turn {
        var turn = Turn()
        // A retry that was arranged before would connect again, and have the next process find the ledger in use.
        guard !isClosed else {
            turn.waiters = batch.waiters
            return turn
        }
        held += batch.segments
        journal.take(written: batch.holds, deleted: batch.closedHolds)
        waiters += batch.waiters
        if waitersSince == nil, !waiters.isEmpty { waitersSince = .now }
        if unwrittenSince == nil { unwrittenSince = batch.oldest }

        let isDue = isLast || retryAt.map { $0 <= .now } ?? true
        if isDue, commitHeld(&turn) { replay(&turn) }
        // While neither file takes rows, both are tried together: encoding all that is held on each tick would be waste.
        if !isPlaced, isDue || health != .holding { spillHeld(&turn) }
        releaseWaiters(&turn, isLast: isLast)
        judgeHealth(&turn)
        return turn
    }

    /// Deletes old rows; see ``LedgerWriter/prune(before:rowsPerTransaction:)``.
    func prune(_ some: (any LedgerDatabase) throws -> Int) -> Result<Int, LedgerError> {
        do {
            return .success(try some(database))
        } catch {
            return .failure(.cannotPrune(reason: "\(error)"))
        }
    }

    /// Books the holds of earlier processes; see ``LedgerWriter/recoverHolds()``.
    mutating func recoverHolds() -> Result<[LedgerEntry], LedgerError> {
        do {
            return .success(try database.recoverHolds(except: journal.written))
        } catch {
            return .failure(.cannotRecover(reason: "\(error)"))
        }
    }

    /// Closes both files and gives up what is still held.
    mutating func close() {
        held = []
        isClosed = true
        spill.close()
        // A connection that does not close cleanly loses nothing: the log holds what was committed.
        do { try database.close() } catch { retryAt = nil }
    }

    private mutating func commitHeld(_ turn: inout Turn) -> Bool {
        guard !held.isEmpty || !journal.isSettled else { return true }
        journal.begin()
        let (entries, journal, durably) = (held, journal, !waiters.isEmpty)
        // In one transaction: at every moment a request has its hold, its row, or neither yet.
        let isCommitted = commit(&turn) { try $0.write(entries, journal, durably: durably) }
        guard isCommitted else { return false }
        held = []
        self.journal.settle()
        return true
    }

    /// Replays one transaction's worth of the spill file; the rest has further turns, so that new rows come between.
    private mutating func replay(_ turn: inout Turn) {
        guard spill.rowCount > 0 else { return }
        do {
            let (payloads, end) = try spill.payloads(countMax: settings.replayRowsMax)
            let isCommitted = commit(&turn) { try $0.replay(payloads) }
            guard isCommitted else { return }
            rowsRecovered += payloads.count { !SpillDecoder.isHold($0) }
            try spill.drop(payloads.count, upTo: end)
        } catch {
            refuse(error.reason, &turn)
        }
    }

    private mutating func commit(_ turn: inout Turn, _ body: (any LedgerDatabase) throws -> Rejections) -> Bool {
        let start = ContinuousClock.now
        let rejections: Rejections
        do {
            rejections = try body(database)
        } catch {
            refuse("\(error)", &turn)
            return false
        }
        retryAt = nil
        turn.commits += 1
        turn.lastCommit = .now - start
        turn.rowsWritten += rejections.rowCount - rejections.reasons.count
        turn.rowsRejected += rejections.reasons.count
        turn.events += rejections.reasons.map(LedgerEvent.rejected)
        return true
    }

    private mutating func spillHeld(_ turn: inout Turn) {
        do {
            let payloads = journal.unwritten.values.map(SpillEncoder.payload) + held.joined().map(SpillEncoder.payload)
            try spill.append(payloads, durably: !waiters.isEmpty)
            held = []
            journal.spill()
        } catch {
            refuse("spill file: \(error.reason)", &turn)
        }
    }

    private mutating func refuse(_ reason: String, _ turn: inout Turn) {
        turn.refusals.append(reason)
        retryAt = .now + .milliseconds(settings.retryMilliseconds)
    }

    /// Lets go of those who wait: what they wait for is safe, or has been held for too long.
    private mutating func releaseWaiters(_ turn: inout Turn, isLast: Bool) {
        if !isPlaced {
            let longest = Duration.milliseconds(settings.durableWaitMillisecondsMax)
            guard let waitersSince, isLast || .now - waitersSince >= longest else { return }
            turn.rowsUnsafe = waiters.count
        }
        turn.waiters = waiters
        waiters = []
        waitersSince = nil
    }

    private mutating func judgeHealth(_ turn: inout Turn) {
        let before = health
        health = isPlaced ? (spill.rowCount == 0 ? .well : .spilling) : .holding
        let reason = turn.refusals.last ?? ""
        switch health {
        case .well:
            unwrittenSince = nil
            if before != .well { turn.events.append(.recovered(rows: rowsRecovered)) }
            rowsRecovered = 0
            return
        case .spilling: if before == .well { turn.events.append(.spilling(reason: reason)) }
        case .holding: if before != .holding { turn.events.append(.holdingInMemory(reason: reason)) }
        }
        turn.nextTurnMilliseconds = retryAt == nil ? 0 : settings.retryMilliseconds
    }
}
