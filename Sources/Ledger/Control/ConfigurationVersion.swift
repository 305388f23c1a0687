/// A configuration that has been in force.
public struct ConfigurationVersion: Hashable, Sendable {
    /// How it came to be in force.
    public enum Action: String, CaseIterable, Hashable, Sendable {
        /// A gateway began with it.
        case start
        /// The files were read anew.
        case reload
        /// It was imported.
        case `import`
        /// A version from before was put in force again.
        case rollback
    }

    /// The latest so many are kept.
    public static let countMax = 200

    /// Counts versions.
    public let number: Int64
    /// When it was put in force.
    public let takenUnixMilliseconds: Int64
    /// Who did it, by the name that the audit shows.
    public let actor: String
    /// How.
    public let action: Action
    /// The whole of it, as it is exported: without secrets.
    public let document: String
}

extension ControlStore {
    /// Notes that the configuration `document` is in force, unless it was already.
    ///
    /// - Returns: The number of the version that is in force.
    public func keepVersion(
        _ document: String,
        by actor: String,
        as action: ConfigurationVersion.Action,
        at now: Int64
    ) async throws(ControlError) -> Int64 {
        try await perform { try Self.keepVersion(document, by: actor, as: action, at: now, in: $0) }
    }

    /// Up to `limit` versions, latest first, from the one before `number` on; `nil` begins with the latest.
    public func versions(limit: Int, before number: Int64?) async throws(ControlError) -> [ConfigurationVersion] {
        try await perform { database in
            try Self.versions(
                "WHERE number < ? ORDER BY number DESC LIMIT ?",
                [.integer(number ?? .max), .integer(Int64(max(limit, 0)))],
                in: database
            )
        }
    }

    /// The version of that number.
    ///
    /// - Throws: ``ControlError/missing(_:id:)`` if there is none, or it is too old to have been kept.
    public func version(_ number: Int64) async throws(ControlError) -> ConfigurationVersion {
        try await perform { database in
            let found = try Self.versions("WHERE number = ?", [.integer(number)], in: database).first
            guard let found else { throw ControlError.missing(.configuration, id: "version \(number)") }
            return found
        }
    }

    private static func keepVersion(
        _ document: String,
        by actor: String,
        as action: ConfigurationVersion.Action,
        at now: Int64,
        in database: any StoreConnection
    ) throws -> Int64 {
        let last = try versions("ORDER BY number DESC LIMIT 1", [], in: database).first
        if let last, last.document == document { return last.number }
        try database.execute(
            "INSERT INTO configuration_version (taken_unix_ms, actor, action, document) VALUES (?, ?, ?, ?)",
            [.integer(now), .text(actor), .text(action.rawValue), .text(document)]
        )
        let number = try database.integer("SELECT max(number) FROM configuration_version") ?? 0
        try database.execute(
            "DELETE FROM configuration_version WHERE number <= ?",
            [.integer(number - Int64(ConfigurationVersion.countMax))]
        )
        return number
    }

    private static func versions(
        _ condition: String,
        _ arguments: [SQLValue],
        in database: any StoreConnection
    ) throws -> [ConfigurationVersion] {
        let sql = "SELECT number, taken_unix_ms, actor, action, document FROM configuration_version \(condition)"
        return try database.rows(sql, arguments) { columns in
            ConfigurationVersion(
                number: columns.integer(),
                takenUnixMilliseconds: columns.integer(),
                actor: columns.text(),
                action: ConfigurationVersion.Action(rawValue: columns.text()) ?? .start,
                document: columns.text()
            )
        }
    }
}
