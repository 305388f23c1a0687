/// What a report has one row for each of.
public enum Grouping: String, CaseIterable, Hashable, Sendable {
    /// The model that answered, or else the one that routing chose.
    case model
    /// The virtual key's id.
    case key
    /// Each tag: `name=value` of an object, or the items of an array; a request with several counts for each of them.
    case tag
    /// The UTC day on which the request began.
    case day
    /// The routing strategy.
    case strategy
    /// The tenant.
    case tenant
    /// How the request ended.
    case outcome

    /// The SQL expression of the group's name; never NULL.
    var sql: String {
        switch self {
        case .model: "coalesce(model_used, chosen_model, '')"
        case .key: "coalesce(key_id, '')"
        case .tag:
            "CASE WHEN typeof(tag.key) = 'text' THEN tag.key || '=' ELSE '' END || coalesce(tag.value, '')"
        case .day: "date(started_unix_ms / 1000, 'unixepoch')"
        case .strategy: "strategy"
        case .tenant: "tenant"
        case .outcome: "outcome"
        }
    }

    /// What the expression needs beside the table; tags that are not JSON count as one tag, verbatim.
    var join: String {
        guard self == .tag else { return "" }
        return """
             LEFT JOIN json_each(
                CASE WHEN tags = '' THEN '[]' WHEN json_valid(tags) THEN tags ELSE json_array(tags) END
            ) AS tag
            """
    }
}
