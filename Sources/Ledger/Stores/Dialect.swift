internal import Domain

/// Where SQLite and PostgreSQL need other words for the same thing.
///
/// Whatever both understand is written once, in their common SQL: `CAST(… AS DOUBLE PRECISION)` for reals, `ON CONFLICT`
/// with its columns, flags as conditions.
enum Dialect: Sendable {
    case sqlite
    case postgreSQL

    /// The column of `request` by which its attempts and its evidence are found.
    ///
    /// SQLite appends by number and finds by range. PostgreSQL keeps a partition for each day, which only the id tells.
    var requestKey: String { self == .sqlite ? "number" : "id" }

    /// The column of `attempt` and `evidence` that has the request's ``requestKey``.
    var requestReference: String { self == .sqlite ? "request_number" : "request_id" }

    /// A flag that is set.
    var yes: String { self == .sqlite ? "1" : "true" }

    /// The condition that a request began between two ids, the places 1 and 2, for a pass over all of them.
    var isInRange: String {
        switch self {
        // Rows in the order in which they were written, which reads the table from one end to the other: by the index on
        // the id each row would be looked up by itself.
        case .sqlite:
            """
            request.number BETWEEN (SELECT min(number) FROM request WHERE id >= ?1 AND id < ?2) \
            AND (SELECT max(number) FROM request WHERE id >= ?1 AND id < ?2)
            """
        case .postgreSQL: "request.id >= ?1 AND request.id < ?2"
        }
    }

    /// The number of the last request that is written for good.
    func lastNumber(in database: any StoreConnection) throws -> Int64 {
        switch self {
        case .sqlite: return try database.integer("SELECT max(number) FROM request") ?? 0
        case .postgreSQL:
            // Numbers are drawn before rows are committed. Whoever draws some holds the lock until then.
            _ = try database.integer("SELECT count(pg_advisory_xact_lock(\(AdvisoryLock.numbers.rawValue)))")
            return try database.integer("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM request_number")
                ?? 0
        }
    }

    /// Requests joined with their attempts, in the order of the requests.
    var requestsWithAttempts: String {
        switch self {
        // SQLite takes a CROSS JOIN in the order in which it is written.
        case .sqlite: "request CROSS JOIN attempt ON attempt.request_number = request.number"
        // The second range lets it pass over the other days' partitions of attempts too.
        case .postgreSQL:
            """
            request JOIN attempt ON attempt.request_id = request.id AND attempt.request_id >= ?1 \
            AND attempt.request_id < ?2
            """
        }
    }

    /// The UTC day of a request, such as `2026-01-31`.
    var day: String {
        switch self {
        case .sqlite: "date(started_unix_ms / 1000, 'unixepoch')"
        case .postgreSQL: "to_char(to_timestamp(started_unix_ms / 1000), 'YYYY-MM-DD')"
        }
    }

    /// The UTC hour of a request, such as `2026-01-31T14Z`.
    var hour: String {
        switch self {
        case .sqlite: "strftime('%Y-%m-%dT%HZ', started_unix_ms / 1000, 'unixepoch')"
        case .postgreSQL: "to_char(to_timestamp(started_unix_ms / 1000), 'YYYY-MM-DD\"T\"HH24\"Z\"')"
        }
    }

    /// The router that a request's features name; empty for none.
    var router: String {
        switch self {
        case .sqlite: "CASE WHEN json_valid(features) THEN coalesce(features ->> '$.router', '') ELSE '' END"
        case .postgreSQL: "coalesce(json_of(features) ->> 'router', '') COLLATE \"C\""
        }
    }

    /// The complexity that a request's features tell; NULL where they tell none.
    var complexity: String {
        switch self {
        case .sqlite: "CASE WHEN json_valid(request.features) THEN request.features ->> 'complexity' END"
        case .postgreSQL:
            """
            CASE WHEN jsonb_typeof(json_of(request.features) -> 'complexity') = 'number' \
            THEN CAST(json_of(request.features) ->> 'complexity' AS DOUBLE PRECISION) END
            """
        }
    }

    /// The condition that a request's features hold a text, the next place.
    var featuresHold: String { self == .sqlite ? "instr(features, ?) > 0" : "strpos(features, ?) > 0" }

    /// A tag of ``tagJoin``; empty where a request has none.
    var tag: String {
        switch self {
        case .sqlite: "CASE WHEN typeof(tag.key) = 'text' THEN tag.key || '=' ELSE '' END || coalesce(tag.value, '')"
        case .postgreSQL: "coalesce(tag.name, '') COLLATE \"C\""
        }
    }

    /// Joins each request with its tags; those that are not JSON count as one tag, verbatim.
    var tagJoin: String {
        switch self {
        case .sqlite:
            """
             LEFT JOIN json_each(
                CASE WHEN tags = '' THEN '[]' WHEN json_valid(tags) THEN tags ELSE json_array(tags) END
            ) AS tag
            """
        case .postgreSQL: " LEFT JOIN LATERAL tag_names(tags) AS tag (name) ON true"
        }
    }

    /// Joins each request with what else could have answered it.
    var alternativeJoin: String {
        switch self {
        case .sqlite: " JOIN json_each(alternatives) AS alternative"
        case .postgreSQL: " JOIN LATERAL jsonb_each(json_object_of(alternatives)) AS alternative ON true"
        }
    }

    /// The name of such an alternative.
    var alternativeName: String { self == .sqlite ? "alternative.key" : "alternative.key COLLATE \"C\"" }

    /// `sql` with its places as this dialect numbers them.
    func numbered(_ sql: String) -> String {
        guard self == .postgreSQL else { return sql }
        var result: [UInt8] = []
        result.reserveCapacity(sql.utf8.count + 64)
        var (count, isQuoted, follows) = (0, false, false)
        for byte in sql.utf8 {
            if follows, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                count += 1
                result.append(contentsOf: "\(count)".utf8)
            }
            follows = byte == UInt8(ascii: "?") && !isQuoted
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            result.append(follows ? UInt8(ascii: "$") : byte)
        }
        if follows { result.append(contentsOf: "\(count + 1)".utf8) }
        return String(decoding: result, as: UTF8.self)
    }
}
