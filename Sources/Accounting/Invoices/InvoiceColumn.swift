/// What a column of a provider's export holds, and the names by which exports call it.
public enum InvoiceColumn: String, CaseIterable, Hashable, Sendable {
    /// The model.
    case model
    /// The day, as a date, a time, or Unix seconds.
    case date
    /// The key, by its id or name.
    case key
    /// Prompt tokens, with or without the cached ones; see ``inputUncached``.
    case input = "input_tokens"
    /// Prompt tokens without those read from or written to the cache.
    case inputUncached = "input_tokens_uncached"
    /// Prompt tokens read from the cache.
    case cached = "cached_tokens"
    /// Prompt tokens written to the cache.
    case cacheWrite = "cache_write_tokens"
    /// Prompt tokens written to the cache for an hour, which Anthropic lists apart.
    case cacheWriteHour = "cache_write_1h_tokens"
    /// Generated tokens.
    case output = "output_tokens"
    /// What was charged, in US dollars.
    case cost = "cost_usd"

    /// Its names in exports of OpenAI (usage and costs) and Anthropic and in common use; letters and digits alone count.
    var names: [String] {
        switch self {
        case .model: ["model", "model_id", "model_name", "model_version", "snapshot_id", "snapshot", "line_item"]
        case .date:
            [
                "date", "day", "usage_date", "usage_date_utc", "start_time_iso", "start_time", "timestamp", "time",
                "created_at",
            ]
        case .key: ["key", "key_id", "api_key_id", "api_key", "api_key_name", "key_name"]
        case .input:
            [
                "input_tokens", "prompt_tokens", "n_context_tokens_total", "context_tokens", "total_input_tokens",
                "tokens_in", "input",
            ]
        case .inputUncached: ["usage_input_tokens_no_cache", "uncached_input_tokens", "input_tokens_no_cache"]
        case .cached:
            [
                "cached_tokens", "cached_input_tokens", "input_cached_tokens", "usage_input_tokens_cache_read",
                "cache_read_input_tokens", "n_cached_context_tokens_total",
            ]
        case .cacheWrite:
            [
                "cache_write_tokens", "usage_input_tokens_cache_write_5m", "cache_creation_input_tokens",
                "usage_input_tokens_cache_write",
            ]
        case .cacheWriteHour: ["usage_input_tokens_cache_write_1h"]
        case .output:
            [
                "output_tokens", "completion_tokens", "usage_output_tokens", "n_generated_tokens_total",
                "generated_tokens", "tokens_out", "output",
            ]
        case .cost:
            ["cost_usd", "cost", "amount_value", "amount", "amount_usd", "total_cost", "total_cost_usd", "spend"]
        }
    }

    /// Where the columns are in `header`: by the names that `named` gives them, else by the names that exports use.
    static func positions(
        in header: [String],
        named: [InvoiceColumn: String]
    ) throws(InvoiceError) -> [InvoiceColumn: Int] {
        let plain = header.map(plain)
        var positions: [InvoiceColumn: Int] = [:]
        for column in allCases {
            if let name = named[column] {
                guard let index = plain.firstIndex(of: Self.plain(name)) else { throw .noColumn(name) }
                positions[column] = index
            } else {
                let names = column.names.map(Self.plain)
                positions[column] = names.lazy.compactMap(plain.firstIndex).first
            }
        }
        return positions
    }

    /// Letters and digits in lower case: `Cost (USD)` and `cost_usd` are one.
    private static func plain(_ name: String) -> String {
        String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}

/// Why a file is no invoice.
public enum InvoiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It has no line that can be read as a header.
    case noHeader
    /// It has no column of this name.
    case noColumn(String)
    /// It has neither tokens nor money.
    case nothingToCompare
    /// It has more lines than this.
    case tooManyLines(Int)

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .noHeader: "the file has no header line"
        case .noColumn(let name): "the file has no column \"\(name)\""
        case .nothingToCompare: "the file has neither a column of tokens nor one of costs that is known: name it"
        case .tooManyLines(let count): "the file has more than \(count) lines"
        }
    }
}
