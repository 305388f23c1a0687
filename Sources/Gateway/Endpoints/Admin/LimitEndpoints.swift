internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// Rate limits in force: the settings' and administration's for organisations, teams, tags and models, and each key's own.
enum LimitEndpoints {
    private static let whose: [Shape.Member] = [
        Shape.Member("scope", .choice(BudgetEndpoints.scopes), "Whose requests count.", isRequired: true),
        Shape.Member("of", .nullable(.tag), "Which of them; a tag as name=value.", isRequired: true),
    ]
    private static let figures: [(name: String, max: Int, summary: String)] = [
        ("requests_per_minute", 1_000_000_000, "Requests in a minute; null for any number."),
        ("tokens_per_minute", 1_000_000_000_000, "Tokens in a minute; null for any number."),
        ("concurrency_max", 1_000_000, "Requests at once; null for any number."),
    ]
    private static let limit = Shape.record(
        "RateLimit",
        whose + figures.map { Shape.Member($0.name, .nullable(.integer(0 ... .max)), $0.summary, isRequired: true) }
            + [.origin]
    )

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/limits",
            summary: "Lists the rate limits in force; of several for one scope, the lower figures.",
            answer: .page("RateLimit", of: limit),
            respond: list
        ),
        Endpoint(
            method: .put,
            path: "/admin/v1/limits",
            summary:
                "Limits an organisation, a team, a tag, a model or everyone, in place of any limit set here before.",
            body: .record(
                "RateLimitOrder",
                [
                    Shape.Member("scope", .choice(BudgetEndpoints.scopes), "Whose requests count.", isRequired: true),
                    Shape.Member("of", .nullable(.tag), "Which of them; a tag as name=value."),
                ] + figures.map { Shape.Member($0.name, .nullable(.integer(1...$0.max)), $0.summary) }
            ),
            answer: limit,
            respond: put
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/limits",
            summary: "Takes away a limit that was set here.",
            query: [
                Shape.Member("scope", .choice(BudgetEndpoints.scopes), "Whose requests count; everyone if absent."),
                Shape.Member("of", .tag, "Which of them; a tag as name=value."),
            ],
            answer: .record(
                "RateLimitDeletion",
                whose + [Shape.Member("deleted", .flag, "Always true.", isRequired: true)]
            ),
            respond: delete
        ),
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        .page(call.policy.rules.rateLimits) { $0.write(to: &$1, origin: call.policy.origin(of: $0)) }
    }

    private static func put(_ call: Call) async throws(APIError) -> Reply {
        let limit = try await call.service.change { policy, next throws(APIError) in
            let limit = RateLimit(
                scope: try call.body.scope(policy),
                requestsPerMinute: call.body["requests_per_minute"]?.integer.map { Int64($0) },
                tokensPerMinute: call.body["tokens_per_minute"]?.integer.map { Int64($0) },
                concurrency: call.body["concurrency_max"]?.integer
            )
            if case .key = limit.scope {
                throw .invalidRequest("The limits of a key are among what is set of the key.", param: "scope")
            }
            guard limit.requestsPerMinute != nil || limit.tokensPerMinute != nil || limit.concurrency != nil else {
                throw .invalidRequest("It limits nothing: give a figure, or delete it.", param: "requests_per_minute")
            }
            guard !policy.configuration.rateLimits.contains(where: { $0.scope == limit.scope }) else {
                throw .declared("limits of", limit.scope.text)
            }
            next.rateLimits.removeAll { $0.scope == limit.scope }
            next.rateLimits.append(limit)
            return limit
        } _: { limit, control async throws(ControlError) in
            try await control.put(limit, by: call.actor, at: call.now)
        }
        return .json { limit.write(to: &$0, origin: .stored) }
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        let scope = try await call.service.change { policy, next throws(APIError) in
            let scope = try call.query.scope
            guard next.rateLimits.contains(where: { $0.scope == scope }) else {
                let isDeclared = policy.configuration.rateLimits.contains { $0.scope == scope }
                throw isDeclared ? .declared("limits of", scope.text) : .missing("limit of", scope.text)
            }
            next.rateLimits.removeAll { $0.scope == scope }
            return scope
        } _: { scope, control async throws(ControlError) in
            try await control.deleteRateLimit(of: scope, by: call.actor, at: call.now)
        }
        return .json { writer in
            writer.object { object in
                object.members(of: scope)
                object.member("deleted", true)
            }
        }
    }
}

extension Policy {
    /// Where a limit is set; those of keys where the key is.
    fileprivate func origin(of limit: RateLimit) -> KeyRecord.Origin {
        if case .key(let id) = limit.scope, let key = keys.key(id), key.policy.limits != KeyLimits() {
            return key.origin
        }
        return stored.rateLimits.contains { $0.scope == limit.scope } ? .stored : .declared
    }
}

extension RateLimit {
    fileprivate func write(to writer: inout JSONWriter, origin: KeyRecord.Origin) {
        writer.object { object in
            object.members(of: scope)
            object.member("requests_per_minute", requestsPerMinute)
            object.member("tokens_per_minute", tokensPerMinute)
            object.member("concurrency_max", concurrency)
            object.member("origin", origin.rawValue)
        }
    }
}
