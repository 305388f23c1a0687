internal import Domain
internal import Foundation
internal import Tenancy

/// Something that administration defines: a row of a table of its own, found by its id.
///
/// One description of the columns serves writing, reading and the audit, so that they cannot disagree.
protocol ControlRecord: Sendable {
    static var kind: ControlKind { get }
    static var table: String { get }
    /// The columns, `id` first, in the order of ``write(to:)`` and ``init(from:)``.
    static var columns: [String] { get }
    /// The `id` column.
    var rowID: String { get }
    func write(to sink: inout some ColumnSink)
    /// `nil` where this version does not know a word of the row.
    init?(from columns: inout ColumnReader)
}

extension ControlRecord {
    /// The columns for a SELECT; some have names that PostgreSQL keeps for itself.
    static var quotedColumns: String { columns.map { "\"\($0)\"" }.joined(separator: ", ") }
}

extension Organisation: ControlRecord {
    static let kind = ControlKind.organisation
    static let table = "organisation"
    static let columns = ["id", "name", "is_disabled"]

    var rowID: String { id.rawValue }

    func write(to sink: inout some ColumnSink) {
        sink.text(id.rawValue)
        sink.text(name)
        sink.flag(isDisabled)
    }

    init(from columns: inout ColumnReader) {
        self.init(id: TenantID(rawValue: columns.text()), name: columns.text(), isDisabled: columns.flag())
    }
}

extension Team: ControlRecord {
    static let kind = ControlKind.team
    static let table = "team"
    static let columns = ["id", "organisation", "name"]

    var rowID: String { id.rawValue }

    func write(to sink: inout some ColumnSink) {
        sink.text(id.rawValue)
        sink.text(organisation.rawValue)
        sink.text(name)
    }

    init(from columns: inout ColumnReader) {
        self.init(
            id: TeamID(rawValue: columns.text()),
            organisation: TenantID(rawValue: columns.text()),
            name: columns.text()
        )
    }
}

extension KeyRecord: ControlRecord {
    static let kind = ControlKind.key
    static let table = "api_key"
    static let columns = [
        "id", "organisation", "team", "hash", "pepper_mark", "hint", "policy", "expires_unix_ms", "is_disabled",
        "created_unix_ms", "note",
    ]

    var rowID: String { id.rawValue }

    func write(to sink: inout some ColumnSink) {
        sink.text(id.rawValue)
        sink.text(organisation.rawValue)
        sink.text(team?.rawValue)
        sink.blob(hash.bytes)
        sink.text(pepperMark)
        sink.text(hint)
        sink.text(policy.json)
        if let expiresUnixMilliseconds { sink.integer(expiresUnixMilliseconds) } else { sink.null() }
        sink.flag(isDisabled)
        sink.integer(createdUnixMilliseconds)
        sink.text(note)
    }

    init?(from columns: inout ColumnReader) {
        let id = KeyID(rawValue: columns.text())
        let organisation = TenantID(rawValue: columns.text())
        let team = columns.optionalText().map(TeamID.init(rawValue:))
        let hash = KeyHash(columns.bytes())
        let pepperMark = columns.text()
        let hint = columns.text()
        let policy = KeyPolicy(json: columns.text())
        guard let hash, let policy else { return nil }
        self.init(
            id: id,
            organisation: organisation,
            team: team,
            hash: hash,
            pepperMark: pepperMark,
            hint: hint,
            policy: policy,
            expiresUnixMilliseconds: columns.optionalInteger(),
            isDisabled: columns.flag(),
            createdUnixMilliseconds: columns.integer(),
            note: columns.text(),
            origin: .stored
        )
    }
}

extension KeyPolicy {
    /// The policy as the `policy` column has it: keys in order, so that equal policies are equal texts.
    fileprivate var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A weight that is not finite is the one thing that JSON cannot hold; settings and administration refuse it.
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    fileprivate init?(json: String) {
        guard let policy = try? JSONDecoder().decode(KeyPolicy.self, from: Data(json.utf8)) else { return nil }
        self = policy
    }
}

extension Budget: ControlRecord {
    static let kind = ControlKind.budget
    static let table = "budget"
    static let columns = ["id", "scope", "scope_name", "measure", "cap", "window", "period", "is_paced"]

    var rowID: String { id }

    func write(to sink: inout some ColumnSink) {
        sink.text(id)
        sink.scope(scope)
        sink.text(measure.rawValue)
        sink.integer(cap)
        sink.window(window)
        sink.flag(isPaced)
    }

    init?(from columns: inout ColumnReader) {
        let id = columns.text()
        let scope = columns.scope()
        let measure = Measure(rawValue: columns.text())
        let cap = columns.integer()
        let window = columns.window()
        guard let scope, let measure, let window else { return nil }
        self.init(id: id, scope: scope, measure: measure, cap: cap, window: window, isPaced: columns.flag())
    }
}

extension LatencyBudget: ControlRecord {
    static let kind = ControlKind.latencyBudget
    static let table = "latency_budget"
    static let columns = ["id", "scope", "scope_name", "limit_microseconds", "share", "window", "period"]

    var rowID: String { id }

    func write(to sink: inout some ColumnSink) {
        sink.text(id)
        sink.scope(scope)
        sink.integer(limit.microseconds)
        sink.real(share)
        sink.window(window)
    }

    init?(from columns: inout ColumnReader) {
        let id = columns.text()
        let scope = columns.scope()
        let limit = Duration.microseconds(columns.integer())
        let share = columns.optionalReal() ?? 0
        guard let scope, let window = columns.window() else { return nil }
        self.init(id: id, scope: scope, limit: limit, share: share, window: window)
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}

extension ColumnSink {
    /// The columns `scope` and `scope_name`.
    mutating func scope(_ scope: Budget.Scope) {
        text(scope.words.kind)
        text(scope.words.name)
    }

    /// The columns `window` and `period`.
    fileprivate mutating func window(_ window: Budget.Window) {
        switch window {
        case .request:
            text("request")
            null()
        case .calendar(let period): pair("calendar", period.rawValue)
        case .rolling(let period): pair("rolling", period.rawValue)
        }
    }

    private mutating func pair(_ kind: String, _ name: String) {
        text(kind)
        text(name)
    }
}

extension ColumnReader {
    mutating func scope() -> Budget.Scope? { Budget.Scope(kind: text(), name: optionalText()) }

    fileprivate mutating func window() -> Budget.Window? {
        let (kind, period) = (text(), optionalText().flatMap(Budget.Period.init(rawValue:)))
        switch (kind, period) {
        case ("request", _): return .request
        case ("calendar", let period?): return .calendar(period)
        case ("rolling", let period?): return .rolling(period)
        default: return nil
        }
    }
}
