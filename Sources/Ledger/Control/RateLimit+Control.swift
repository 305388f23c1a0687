public import Domain

extension RateLimit: ControlRecord {
    static let kind = ControlKind.rateLimit
    static let table = "rate_limit"
    static let columns = [
        "id", "scope", "scope_name", "requests_per_minute", "tokens_per_minute", "concurrency_max",
    ]

    /// A scope has one limit.
    var rowID: String { scope.text }

    func write(to sink: inout some ColumnSink) {
        sink.text(rowID)
        sink.scope(scope)
        sink.amount(requestsPerMinute)
        sink.amount(tokensPerMinute)
        sink.amount(concurrency.map(Int64.init))
    }

    init?(from columns: inout ColumnReader) {
        columns.skip()
        guard let scope = columns.scope() else { return nil }
        self.init(
            scope: scope,
            requestsPerMinute: columns.optionalInteger(),
            tokensPerMinute: columns.optionalInteger(),
            concurrency: columns.optionalInteger().map { Int($0) }
        )
    }
}

extension ControlStore {
    /// Limits a scope, in place of any limit that it has here.
    public func put(_ limit: RateLimit, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.put(limit) }
    }

    /// Limits `scope` no longer.
    public func deleteRateLimit(of scope: Budget.Scope, by actor: String, at now: Int64) async throws(ControlError) {
        try await change(by: actor, at: now) { try $0.delete(RateLimit.self, scope.text) }
    }
}
