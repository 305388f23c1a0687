/// What a report has one row for each of.
public enum Grouping: String, CaseIterable, Hashable, Sendable {
    /// The model that answered, or else the one that routing chose.
    case model
    /// The virtual key's id.
    case key
    /// Each tag: `name=value` of an object, or the items of an array; a request with several counts for each of them.
    case tag
    /// The key's team.
    case team
    /// The organisation that pays.
    case organisation
    /// The UTC day on which the request began.
    case day
    /// The hour in which it began, such as `2026-01-31T14Z`.
    case hour
    /// The routing strategy; empty where the client named its model.
    case strategy
    /// The router that said what quality to expect of each model; empty where none did.
    case router
    /// Who chose the model: `routed` by the gateway, or `direct` by the client.
    case choice
    /// The endpoint that was called.
    case endpoint
    /// How the request ended.
    case outcome

    /// The SQL expression of the group's name; never NULL.
    func sql(_ dialect: Dialect) -> String {
        switch self {
        case .model: "coalesce(model_used, chosen_model, '')"
        case .key: "coalesce(request.key_id, '')"
        case .tag: dialect.tag
        case .team: "coalesce(team, '')"
        case .organisation: "tenant"
        case .day: dialect.day
        case .hour: dialect.hour
        case .strategy: "strategy"
        case .router: dialect.router
        case .choice: "CASE WHEN strategy = '' THEN 'direct' ELSE 'routed' END"
        case .endpoint: "endpoint"
        case .outcome: "outcome"
        }
    }
}
