internal import Domain
internal import HTTP
internal import Wire

/// Rate limits in force: the settings' for organisations, teams and models, and each key's own.
enum LimitEndpoints {
    private static let limit = Shape.record(
        "RateLimit",
        [
            Shape.Member("scope", .choice(BudgetEndpoints.scopes), "Whose requests count.", isRequired: true),
            Shape.Member("of", .nullable(.tag), "Which of them.", isRequired: true),
            Shape.Member("requests_per_minute", .nullable(.integer(0 ... .max)), "Requests.", isRequired: true),
            Shape.Member("tokens_per_minute", .nullable(.integer(0 ... .max)), "Tokens.", isRequired: true),
            Shape.Member("concurrency_max", .nullable(.integer(0 ... .max)), "Requests at once.", isRequired: true),
        ]
    )

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/limits",
            summary: "Lists the rate limits in force; null is no limit.",
            answer: .page("RateLimit", of: limit),
            respond: list
        )
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        .page(call.policy.rules.rateLimits) { limit, writer in
            writer.object { object in
                object.members(of: limit.scope)
                object.member("requests_per_minute", limit.requestsPerMinute)
                object.member("tokens_per_minute", limit.tokensPerMinute)
                object.member("concurrency_max", limit.concurrency)
            }
        }
    }
}
