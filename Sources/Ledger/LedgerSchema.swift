internal import GRDB
internal import PostgreSQL

/// The migrations of `Migrations`, compiled into the program, so that an installed one needs no files.
enum LedgerSchema {
    /// Every migration of SQLite's, oldest first: the name of its file, and its SQL.
    static let migrations: [(name: String, sql: [UInt8])] = [
        ("0001_ledger", PackageResources._001_ledger_sql),
        ("0002_savings", PackageResources._002_savings_sql),
        ("0004_footprint", PackageResources._004_footprint_sql),
        ("0005_control", PackageResources._005_control_sql),
        ("0006_metering", PackageResources._006_metering_sql),
        ("0007_models", PackageResources._007_models_sql),
        ("0008_administration", PackageResources._008_administration_sql),
        ("0009_evidence", PackageResources._009_evidence_sql),
        ("0010_plan", PackageResources._010_plan_sql),
        ("0011_configuration_versions", PackageResources._011_configuration_versions_sql),
    ]

    /// Every migration of PostgreSQL's, likewise.
    static let sharedMigrations: [(name: String, sql: [UInt8])] = [
        ("0001_shared_ledger", PackageResources._001_shared_ledger_sql),
        ("0002_configuration_versions", PackageResources._002_configuration_versions_sql),
        ("0003_lease", PackageResources._003_lease_sql),
        ("0004_spilling_replica", PackageResources._004_spilling_replica_sql),
    ]

    /// Brings the database up to the last migration, or throws ``LedgerError/fromTheFuture(path:migrations:)``.
    static func migrate(_ database: DatabaseQueue, path: String) throws(LedgerError) {
        var migrator = DatabaseMigrator()
        for (name, sql) in migrations {
            migrator.registerMigration(name) { try $0.execute(sql: String(decoding: sql, as: UTF8.self)) }
        }
        do {
            let unknown = try database.read(migrator.appliedIdentifiers).subtracting(migrations.map(\.name)).sorted()
            guard unknown.isEmpty else { throw LedgerError.fromTheFuture(path: path, migrations: unknown) }
            try migrator.migrate(database)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .cannotMigrate(path: path, reason: "\(error)")
        }
    }

    /// The same for PostgreSQL, all in one transaction; of processes that start together one migrates, and the others wait.
    static func migrate(_ connection: PostgreSQLConnection, address: PostgreSQLAddress) throws(LedgerError) {
        do {
            try connection.run(
                """
                BEGIN; SELECT pg_advisory_xact_lock(\(AdvisoryLock.migration.rawValue));
                CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)
                """
            )
            let session = PostgreSQLSession(connection: connection)
            let applied = Set(try session.rows("SELECT name FROM schema_migration", []) { $0.text() })
            let unknown = applied.subtracting(sharedMigrations.map(\.name)).sorted()
            guard unknown.isEmpty else { throw LedgerError.fromTheFuture(path: address.url, migrations: unknown) }
            for (name, sql) in sharedMigrations where !applied.contains(name) {
                try connection.run(String(decoding: sql, as: UTF8.self))
                try session.execute("INSERT INTO schema_migration VALUES (?, now())", [.text(name)])
            }
            try connection.run("COMMIT")
        } catch {
            // The connection is the caller's to drop, and the transaction goes with it.
            throw (error as? LedgerError) ?? .cannotMigrate(path: address.url, reason: "\(error)")
        }
    }
}
