public import Domain

/// What the attempts at one model took on one day for one key: what a provider's invoice has a line for.
public struct UsageRow: Hashable, Sendable {
    /// The model, by the registry's id.
    public let model: ModelID
    /// Days since 1970-01-01, UTC, by when the requests began.
    public let day: Int
    /// The virtual key's id; empty for none.
    public let keyID: String
    /// The attempts.
    public let attempts: Int
    /// The tokens of all of them; who counted is not told.
    public let usage: TokenUsage
    /// What they cost.
    public let cost: Money
}

extension LedgerReader {
    /// The attempts by model, day and key; those at simulated models are left out, as nobody sends a bill for them.
    ///
    /// By attempts and not by requests: what a model took before another one answered is on its provider's bill.
    ///
    /// - Parameters:
    ///   - since: Requests that began at this Unix millisecond or later; `nil` for all.
    ///   - until: Requests that began before this Unix millisecond; `nil` for all.
    ///   - includesSimulated: Whether requests that a simulated model answered count after all.
    /// - Returns: A row for each model, day and key, in that order.
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    public func usage(since: Int64?, until: Int64?, includesSimulated: Bool) throws(LedgerError) -> [UsageRow] {
        var bounds: [String] = includesSimulated ? [] : ["NOT request.is_simulated"]
        var arguments: [SQLValue] = []
        if let since {
            bounds.append("request.id >= ?")
            arguments.append(.id(.lowest(at: since)))
        }
        if let until {
            bounds.append("request.id < ?")
            arguments.append(.id(.lowest(at: until)))
        }
        return try read { database in
            let dialect = database.dialect
            // Costs are summed in whole dollars and the rest apart: a plain sum that overflows is an error in SQLite.
            let sql = """
                SELECT model, started_unix_ms / 86400000 AS day, coalesce(key_id, '') AS key, count(*), \
                sum(attempt.input_tokens), sum(attempt.cached_input_tokens), sum(attempt.cache_write_tokens), \
                sum(attempt.output_tokens), sum(attempt.reasoning_tokens), \
                sum(attempt.audio_input_tokens), sum(attempt.audio_output_tokens), \
                sum(attempt.cost_nanodollars / 1000000000), sum(attempt.cost_nanodollars % 1000000000) \
                FROM request JOIN attempt ON attempt.\(dialect.requestReference) = request.\(dialect.requestKey)\
                \(bounds.isEmpty ? "" : " WHERE " + bounds.joined(separator: " AND ")) \
                GROUP BY model, day, key ORDER BY model, day, key
                """
            return try database.rows(sql, arguments) { columns in
                let (model, day, key) = (ModelID(columns.text()), Int(columns.integer()), columns.text())
                let attempts = Int(columns.integer())
                var usage = TokenUsage(
                    input: Int(columns.integer()),
                    cachedInput: Int(columns.integer()),
                    cacheWrite: Int(columns.integer()),
                    output: Int(columns.integer()),
                    reasoning: Int(columns.integer())
                )
                usage.audioInput = Int(columns.integer())
                usage.audioOutput = Int(columns.integer())
                let cost = columns.money()
                return UsageRow(model: model, day: day, keyID: key, attempts: attempts, usage: usage, cost: cost)
            }
        }
    }
}
