public import Domain

/// Where a PostgreSQL database is, and how to get in.
public struct PostgreSQLAddress: Sendable {
    /// A connection URL (`postgresql://user@host:5432/database`) or libpq's `key=value` words, without a password.
    public var url: String
    /// The password; `nil` leaves it to libpq (`PGPASSFILE`, or a server that asks for none).
    public var password: Secret?
    /// How long to try to connect, in whole seconds; 2 is the least that libpq knows.
    public var connectSecondsMax = 2
    /// How long one statement may take, on the server's clock.
    public var statementMillisecondsMax = 10_000
    /// How long one statement may wait for another's locks.
    public var lockMillisecondsMax = 5_000
    /// How long data may stay unacknowledged before the connection counts as lost.
    public var silenceMillisecondsMax = 10_000

    /// The database at `url`.
    public init(url: String, password: Secret?) {
        self.url = url
        self.password = password
    }

    /// What libpq connects by, in its own words (PostgreSQL manual, 34.1.2).
    var words: [(key: String, value: String)] {
        // The URL's own words come first, so that they cannot be overridden by accident; the password is ours alone.
        var words = [
            ("dbname", url), ("connect_timeout", "\(connectSecondsMax)"), ("client_encoding", "UTF8"),
            ("tcp_user_timeout", "\(silenceMillisecondsMax)"), ("keepalives_idle", "5"), ("keepalives_interval", "2"),
            ("keepalives_count", "3"), ("fallback_application_name", "switchyard"),
        ]
        if let password { words.append(("password", password.reveal())) }
        return words
    }

    /// What each connection begins with: limits, and the forms in which values are read.
    var greeting: String {
        """
        SET statement_timeout = \(statementMillisecondsMax); SET lock_timeout = \(lockMillisecondsMax); \
        SET idle_in_transaction_session_timeout = \(max(statementMillisecondsMax, 10_000)); \
        SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 1; \
        SET standard_conforming_strings = on
        """
    }
}
