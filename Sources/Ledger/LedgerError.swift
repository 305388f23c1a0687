/// Every way in which the ledger can refuse its caller.
///
/// A ledger that runs never throws at the request path: a disk that is full or a file that is locked shows in
/// ``LedgerMetrics`` and ``LedgerEvent``, and the rows wait in the spill file.
public enum LedgerError: Error, Hashable, Sendable {
    /// The database file cannot be opened or made.
    case cannotOpen(path: String, reason: String)
    /// The database was migrated by a newer version of this program, which knows `migrations` that this one does not.
    case fromTheFuture(path: String, migrations: [String])
    /// A migration could not be applied; the database is as it was before.
    case cannotMigrate(path: String, reason: String)
    /// The spill file cannot be opened or made.
    case cannotOpenSpill(path: String, reason: String)
    /// Another running process writes this ledger.
    case inUse(path: String)
    /// The database did not answer a query.
    case cannotRead(reason: String)
    /// Rows could not be deleted.
    case cannotPrune(reason: String)
    /// The holds of an earlier process could not be booked.
    case cannotRecover(reason: String)
}

extension LedgerError: CustomStringConvertible {
    /// The refusal in a sentence, for the operator.
    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot open the ledger \(path): \(reason)"
        case .fromTheFuture(let path, let migrations):
            "the ledger \(path) was written by a newer version (it has \(migrations.joined(separator: ", "))); upgrade"
        case .cannotMigrate(let path, let reason): "cannot migrate the ledger \(path): \(reason)"
        case .cannotOpenSpill(let path, let reason): "cannot open the ledger's spill file \(path): \(reason)"
        case .inUse(let path): "another process writes this ledger: \(path) is locked"
        case .cannotRead(let reason): "cannot read the ledger: \(reason)"
        case .cannotPrune(let reason): "cannot prune the ledger: \(reason)"
        case .cannotRecover(let reason): "cannot book the requests that the last process left: \(reason)"
        }
    }
}
