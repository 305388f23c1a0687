public import Domain

extension Settings {
    /// Answers that several requests get.
    public struct Cache: Hashable, Sendable {
        /// Whether answers are kept; off, since an equal question may want another answer.
        public internal(set) var enabled = false
        /// Bytes of answers kept, all loops together.
        public internal(set) var bytesMax = 268_435_456
        /// Seconds that an answer is kept.
        public internal(set) var ttlSeconds = 3600.0
        /// Whether identical requests at the same time share one call.
        public internal(set) var coalesce = false

        /// The defaults.
        init() {}
    }

    /// The record of what every request cost.
    public struct Ledger: Hashable, Sendable {
        /// When a call may begin and an answer's last byte may leave.
        public enum Durability: String, CaseIterable, Hashable, Sendable {
            /// At once; a crash of the machine can lose the last ticks.
            case relaxed
            /// When its row is on disk.
            case strict
        }

        /// What is kept of prompts, for routers to learn from what became of them.
        public enum Evidence: String, CaseIterable, Hashable, Sendable {
            /// Nothing but the counts that every row has.
            case none
            /// Counts, hashed words and the encoder's vectors: no text, though what it was about can be guessed from them.
            case vectors
            /// Those and the text.
            case prompt
        }

        /// The PostgreSQL database, a URL without a password; `nil` for the SQLite file.
        public internal(set) var url: String?
        /// The environment variable with that database's password.
        public internal(set) var passwordVariable = "SWITCHYARD_LEDGER_PASSWORD"
        /// The SQLite file, relative to the state directory; rows that a database does not take wait in a file beside it.
        public internal(set) var path = "switchyard.db"
        /// Seconds that a replica's part of shared budgets lasts when it is not renewed.
        public internal(set) var leaseSeconds = 15.0
        /// What a replica does while it cannot renew it.
        public internal(set) var whenAway = LossPolicy.leaseOnly
        /// When a call may begin and an answer's last byte may leave.
        public internal(set) var durability = Durability.relaxed
        /// Rows in memory that wait to be written; more go to the spill file.
        public internal(set) var queueRowsMax = 100_000
        /// Milliseconds between two transactions.
        public internal(set) var tickMilliseconds = 50
        /// Bytes of the spill file.
        public internal(set) var spillBytesMax = 1_073_741_824
        /// Days that rows are kept; 0 for ever.
        public internal(set) var retentionDays = 0
        /// What is kept of prompts, for routers to learn from.
        public internal(set) var evidence = Evidence.none
        /// Days that it is kept; 0 for as long as the rows.
        public internal(set) var evidenceDays = 90
        /// It is kept of so many of the latest requests.
        public internal(set) var evidenceRequestsMax = 1_000_000

        /// The defaults.
        init() {}
    }

    /// A price list in a file of its own, which overrides the registry's prices.
    public struct Prices: Hashable, Sendable {
        /// The file: JSON, in our shape or LiteLLM's.
        public internal(set) var file: String?
        /// By how much a price may change against the last good list, as a factor either way.
        public internal(set) var changeFactorMax = 10.0

        /// The defaults.
        init() {}
    }

    /// The log, on standard error.
    public struct Logging: Hashable, Sendable {
        /// The least severe kind that is written, by swift-log's names.
        public enum Level: String, CaseIterable, Hashable, Sendable {
            /// Everything.
            case trace
            /// What helps to find a fault.
            case debug
            /// What happens once in a while.
            case info
            /// What is odd, but no fault.
            case notice
            /// What may become a fault.
            case warning
            /// What failed.
            case error
            /// What stops the process.
            case critical
        }

        /// How a line looks.
        public enum Format: String, CaseIterable, Hashable, Sendable {
            /// For people.
            case text
            /// One JSON object a line, for collectors.
            case json
        }

        /// The least severe kind that is written.
        public internal(set) var level = Level.info
        /// How a line looks.
        public internal(set) var format = Format.text

        /// The defaults.
        init() {}
    }
}

extension Settings.Cache: Section {
    static let fields: [Field<Self>] = [
        Field(
            "enabled",
            \.enabled,
            .flag,
            "Whether answers are kept; off, since an equal question may want another answer."
        ),
        Field(
            "bytes_max",
            \.bytesMax,
            .integer(in: 1_048_576...1_099_511_627_776),
            "Bytes of answers kept; the least recently used goes first."
        ),
        Field("ttl_seconds", \.ttlSeconds, .number(in: 0.01...31_536_000), "Seconds that an answer is kept."),
        Field("coalesce", \.coalesce, .flag, "Whether identical requests at the same time share one call."),
    ]
}

extension Settings.Ledger: Section {
    static let fields: [Field<Self>] = [
        Field(
            "url",
            \.url,
            optional: .databaseURL,
            "A PostgreSQL database instead of the SQLite file, as libpq writes it, without a password."
        ),
        Field(
            "password_variable",
            \.passwordVariable,
            .variable,
            "Environment variable with its password; where it is not set, libpq's own ways are tried (PGPASSFILE)."
        ),
        Field(
            "path",
            \.path,
            .text,
            "The SQLite file; relative to state_directory. Beside it rows wait that the database does not take."
        ),
        Field(
            "lease_seconds",
            \.leaseSeconds,
            .number(in: 1...600),
            "Seconds that a gateway's part of the budgets which several share in PostgreSQL lasts, renewed ten times as often."
        ),
        Field(
            "when_away",
            \.whenAway,
            .choice,
            "While PostgreSQL is away, budgets: refuse at once, go on lease-only within that part, or stay open to overspending."
        ),
        Field(
            "durability",
            \.durability,
            .choice,
            "relaxed never waits; strict has holds on disk before their calls, and rows before an answer's last byte."
        ),
        Field(
            "queue_rows_max",
            \.queueRowsMax,
            .integer(in: 100...10_000_000),
            "Rows in memory that wait to be written; more go to a spill file."
        ),
        Field(
            "tick_milliseconds",
            \.tickMilliseconds,
            .integer(in: 1...10_000),
            "Milliseconds between two transactions; longer is cheaper, and relaxed rows lost with a killed process are more."
        ),
        Field(
            "spill_bytes_max",
            \.spillBytesMax,
            .integer(in: 1_048_576...1_099_511_627_776),
            "Bytes of the spill file, for when the database cannot be written."
        ),
        Field("retention_days", \.retentionDays, .integer(in: 0...36_500), "Days that rows are kept; 0 for ever."),
        Field(
            "evidence",
            \.evidence,
            .choice,
            "What is kept of prompts, so that routers can learn: none, vectors (with hashed words), or the prompt itself too."
        ),
        Field(
            "evidence_days",
            \.evidenceDays,
            .integer(in: 0...36_500),
            "Days that this is kept; 0 for as long as rows."
        ),
        Field(
            "evidence_requests_max",
            \.evidenceRequestsMax,
            .integer(in: 0...1_000_000_000),
            "It is kept of so many of the latest requests, some 2 kB each."
        ),
    ]
}

extension Settings.Prices: Section {
    static let fields: [Field<Self>] = [
        Field(
            "file",
            \.file,
            optional: .text,
            "JSON of prices by model, in USD per million tokens, or LiteLLM's map; overrides the registry's."
        ),
        Field(
            "change_factor_max",
            \.changeFactorMax,
            .number(in: 1...1_000_000),
            "A price that changes by more against the last good list is refused, and the last good one stays."
        ),
    ]
}

extension Settings.Logging: Section {
    static let fields: [Field<Self>] = [
        Field("level", \.level, .choice, "The least severe kind that is written."),
        Field("format", \.format, .choice, "text for people, json for collectors."),
    ]
}
