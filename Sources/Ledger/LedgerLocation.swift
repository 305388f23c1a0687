public import Domain
public import PostgreSQL

/// Where a ledger is.
public enum LedgerLocation: Sendable {
    /// A SQLite file.
    case sqlite(path: String)
    /// A PostgreSQL database.
    case postgreSQL(PostgreSQLAddress)

    /// The PostgreSQL database that `name` is the URL of, or else the SQLite file of that path.
    public init(_ name: String, password: Secret?) {
        if ["postgresql://", "postgres://"].contains(where: name.hasPrefix) {
            self = .postgreSQL(PostgreSQLAddress(url: name, password: password))
        } else {
            self = .sqlite(path: name)
        }
    }

    /// The file or the URL, for people; never a password.
    public var name: String {
        switch self {
        case .sqlite(let path): path
        case .postgreSQL(let address): address.url
        }
    }

    /// Where rows wait that the database does not take, unless the settings say so.
    var spillPath: String {
        switch self {
        case .sqlite(let path): path + ".spill"
        case .postgreSQL: "switchyard.db.spill"
        }
    }

    /// The writer's side, migrated.
    func database(_ settings: LedgerSettings) throws(LedgerError) -> any LedgerDatabase {
        switch self {
        case .sqlite(let path): try SQLiteLedger(path: path, settings: settings)
        case .postgreSQL(let address):
            try PostgreSQLLedger(address, name: Replica.name(spillingTo: settings.spillPath ?? spillPath))
        }
    }

    /// The store of administration, migrated.
    func controlStore() throws(LedgerError) -> any Store {
        switch self {
        case .sqlite(let path): try SQLiteStore(path: path)
        case .postgreSQL(let address): try PostgreSQLStore(address, connectionsMax: 1, migrates: true)
        }
    }

    /// A store that is only read, and that a writer has made.
    func reader(connectionsMax: Int) throws(LedgerError) -> any Store {
        switch self {
        case .sqlite(let path): return try SQLiteStore(reading: path, connectionsMax: connectionsMax)
        case .postgreSQL(var address):
            // Reports may read for long.
            address.statementMillisecondsMax = 600_000
            return try PostgreSQLStore(address, connectionsMax: connectionsMax, migrates: false)
        }
    }
}
