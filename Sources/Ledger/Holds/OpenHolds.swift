internal import Domain

/// The holds that requests have open, by how long: only those that outlast a tick ever reach the database.
///
///     opened → young → (tick) → aged → (tick) → journalled
///                ↓                ↓                 ↓
///             closed: gone     closed: gone     closed: to be deleted
struct OpenHolds: Sendable {
    private var young: [RequestID: HoldRow] = [:]
    private var aged: [RequestID: HoldRow] = [:]
    /// Those that were handed to the committer.
    private var journalled: Set<RequestID> = []
    private var closed: [RequestID] = []

    /// Whether another tick has to come for their sake.
    var awaitTick: Bool { !young.isEmpty || !aged.isEmpty || !closed.isEmpty }

    /// Takes note of a new hold, or of what a known one has become.
    mutating func open(_ hold: HoldRow) {
        // A hold that is changed again and again must age all the same.
        if aged[hold.id] != nil || journalled.contains(hold.id) {
            aged[hold.id] = hold
        } else {
            young[hold.id] = hold
        }
    }

    /// Forgets a hold.
    mutating func close(_ id: RequestID) {
        forget(id)
        if journalled.remove(id) != nil { closed.append(id) }
    }

    /// Drops a hold whose row was lost: one that is in the journal stays there, for the next start to book.
    mutating func forget(_ id: RequestID) {
        if young.removeValue(forKey: id) == nil { aged.removeValue(forKey: id) }
    }

    /// Hands over what is to be deleted and, at a tick, what is to be written; at the last one everything.
    mutating func take(isTick: Bool, isLast: Bool) -> (written: [HoldRow], deleted: [RequestID]) {
        var written: [HoldRow] = []
        if isTick || isLast {
            written = Array(aged.values)
            (aged, young) = (young, [:])
        }
        if isLast {
            written += aged.values
            aged = [:]
        }
        for hold in written { journalled.insert(hold.id) }
        defer { closed = [] }
        return (written, closed)
    }
}

/// What the `hold` table has, and what it is to have; lives with the committer.
///
/// A change stays here until a transaction has taken it.
struct HoldJournal {
    private var unwritten: [RequestID: HoldRow] = [:]
    private var undeleted: Set<RequestID> = []
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

    /// Brings the table up to date, within a transaction.
    func apply(to inserter: borrowing RowInserter) throws {
        for hold in unwritten.values { try inserter.write(hold) }
        for id in undeleted { try inserter.deleteHold(id) }
    }

    /// The transaction is committed.
    mutating func settle() {
        written.formUnion(unwritten.keys)
        written.subtract(undeleted)
        unwritten = [:]
        undeleted = []
    }
}
