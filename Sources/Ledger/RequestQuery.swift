public import Domain

/// A question for some of the ledger's requests; what is `nil` does not matter.
public struct RequestQuery: Hashable, Sendable {
    /// Those that began at this Unix millisecond or later.
    public var since: Int64?
    /// Those that began before this Unix millisecond.
    public var until: Int64?
    /// Those that this model answered.
    public var model: ModelID?
    /// Those of this key.
    public var key: KeyID?
    /// Those of this organisation.
    public var organisation: TenantID?
    /// Those that ended so.
    public var outcome: Outcome?
    /// Those that came before this one: the last of the page before.
    public var before: RequestID?
    /// At most so many, 0 or more.
    public var limit: Int

    /// A question for the latest `limit` requests.
    public init(limit: Int) { self.limit = limit }

    func rows(in database: any StoreConnection) throws -> [RequestRow] {
        var terms: [String] = []
        var arguments: [SQLValue] = []
        func add(_ term: String, _ value: SQLValue?) {
            guard let value else { return }
            terms.append(term)
            arguments.append(value)
        }
        // The id begins with the time, so its index finds the range and gives the order.
        add("id >= ?", since.map { .id(.lowest(at: $0)) })
        add("id < ?", until.map { .id(.lowest(at: $0)) })
        add("id < ?", before.map { .id($0) })
        add("model_used = ?", model.map { .text($0.rawValue) })
        add("key_id = ?", key.map { .text($0.rawValue) })
        add("tenant = ?", organisation.map { .text($0.rawValue) })
        add("outcome = ?", outcome.map { .text($0.rawValue) })
        let condition = terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND ")
        let columns = RequestRow.columns.joined(separator: ", ")
        let sql = "SELECT \(columns) FROM request \(condition) ORDER BY id DESC LIMIT \(max(limit, 0))"
        return try database.rows(sql, arguments) { RequestRow(from: &$0) }
    }
}
