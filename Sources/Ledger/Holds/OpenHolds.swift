internal import Domain

/// The holds that requests have open, on their way to the journal and out of it.
///
///     opened → unwritten → (tick, or somebody waits) → journalled
///                  ↓                                       ↓
///             closed: gone                        closed: to be deleted
struct OpenHolds: Sendable {
    private var unwritten: [RequestID: HoldRow] = [:]
    /// Those that were handed to the committer.
    private var journalled: Set<RequestID> = []
    private var closed: [RequestID] = []
    /// Whether somebody waits for one of the unwritten.
    private var isUrgent = false

    /// Whether another tick has to come for their sake.
    var awaitTick: Bool { !unwritten.isEmpty || !closed.isEmpty }

    /// Takes note of a new hold, or of what a known one has become; an urgent one does not wait for the tick.
    mutating func open(_ hold: HoldRow, isUrgent: Bool = false) {
        unwritten[hold.id] = hold
        if isUrgent { self.isUrgent = true }
    }

    /// Forgets a hold.
    mutating func close(_ id: RequestID) {
        forget(id)
        if !journalled.isEmpty, journalled.remove(id) != nil { closed.append(id) }
    }

    /// Drops a hold whose row was lost: one that is in the journal stays there, for the next start to book.
    mutating func forget(_ id: RequestID) {
        // Mostly there are none, which takes no hash to see.
        if !unwritten.isEmpty { unwritten.removeValue(forKey: id) }
    }

    /// Hands over what is to be deleted and, at a tick or where somebody waits, what is to be written.
    mutating func take(isTick: Bool) -> (written: [HoldRow], deleted: [RequestID]) {
        var written: [HoldRow] = []
        if isTick || isUrgent {
            written = Array(unwritten.values)
            unwritten = [:]
            isUrgent = false
        }
        for hold in written { journalled.insert(hold.id) }
        defer { closed = [] }
        return (written, closed)
    }
}

/// What the `hold` table has, and what it is to have; lives with the committer.
///
/// A change stays here until a transaction has taken it; a hold alone may go to the spill file instead.
struct HoldJournal: Sendable {
    private(set) var unwritten: [RequestID: HoldRow] = [:]
    private(set) var undeleted: Set<RequestID> = []
    /// Those that the table has or may come to have: a commit whose answer was lost may have worked, and what is spilled
    /// will be replayed.
    private(set) var written: Set<RequestID> = []

    /// Whether the table is as it should be.
    var isSettled: Bool { unwritten.isEmpty && undeleted.isEmpty }

    mutating func take(written holds: [HoldRow], deleted ids: [RequestID]) {
        for hold in holds { unwritten[hold.id] = hold }
        for id in ids {
            unwritten.removeValue(forKey: id)
            if written.contains(id) { undeleted.insert(id) }
        }
    }

    /// A transaction is about to begin.
    mutating func begin() { written.formUnion(unwritten.keys) }

    /// The transaction is committed.
    mutating func settle() {
        written.subtract(undeleted)
        unwritten = [:]
        undeleted = []
    }

    /// What was unwritten is in the spill file.
    mutating func spill() {
        begin()
        unwritten = [:]
    }
}
