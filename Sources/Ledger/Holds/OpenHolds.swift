internal import Domain

/// The holds that requests have open, on their way to the journal and out of it.
///
///     opened → unwritten → (tick) → journalled
///                  ↓                    ↓
///             closed: gone     closed: to be deleted
struct OpenHolds: Sendable {
    private var unwritten: [RequestID: HoldRow] = [:]
    /// Those that were handed to the committer.
    private var journalled: Set<RequestID> = []
    private var closed: [RequestID] = []

    /// Whether another tick has to come for their sake.
    var awaitTick: Bool { !unwritten.isEmpty || !closed.isEmpty }

    /// Takes note of a new hold, or of what a known one has become.
    mutating func open(_ hold: HoldRow) { unwritten[hold.id] = hold }

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

    /// Hands over what is to be deleted and, at a tick, what is to be written.
    mutating func take(isTick: Bool) -> (written: [HoldRow], deleted: [RequestID]) {
        let written = isTick ? Array(unwritten.values) : []
        if isTick { unwritten = [:] }
        for hold in written { journalled.insert(hold.id) }
        defer { closed = [] }
        return (written, closed)
    }
}

/// What the `hold` table has, and what it is to have; lives with the committer.
///
/// A change stays here until a transaction has taken it.
struct HoldJournal: Sendable {
    private(set) var unwritten: [RequestID: HoldRow] = [:]
    private(set) var undeleted: Set<RequestID> = []
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

    /// The transaction is committed.
    mutating func settle() {
        written.formUnion(unwritten.keys)
        written.subtract(undeleted)
        unwritten = [:]
        undeleted = []
    }
}
