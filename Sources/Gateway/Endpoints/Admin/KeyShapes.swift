internal import Budgets
internal import Domain
internal import HTTP
internal import Routing
internal import Tenancy

/// What keys look like to administration.
extension KeyEndpoints {
    private static let policy: [Shape.Member] = [
        Shape.Member(
            "models",
            .nullable(.list(.name, countMax: 1000)),
            "The only models that it may use; null for all."
        ),
        Shape.Member(
            "strategies",
            .nullable(.list(.choice(Strategy.allCases.map(\.rawValue)), countMax: 64)),
            "The only strategies that it may ask for; null for all."
        ),
        Shape.Member(
            "default_strategy",
            .nullable(.choice(Strategy.allCases.map(\.rawValue))),
            "How its `auto` requests are routed; null for the gateway's default."
        ),
        Shape.Member("router", .nullable(.name), "Which router scores its requests, or none; null for the gateway's."),
        Shape.Member("limits", limits, "How fast it may ask."),
        Shape.Member("tags", .map(.text(scalarsMax: 256), countMax: 32), "Tags that each of its requests gets."),
        Shape.Member("priority", .integer(-100...100), "Added to the priority of its requests."),
        Shape.Member("weight", .number(0.001...1000), "Its share among keys that wait for the same thing."),
        Shape.Member(
            "expires_unix_ms",
            .nullable(.unixMilliseconds),
            "The Unix millisecond from which on it is refused; null for never."
        ),
        Shape.Member("disabled", .flag, "Whether it is refused for now."),
        Shape.Member("note", .text(scalarsMax: 1024), "Whatever its owner wants to remember."),
    ]

    static let limits = Shape.record(
        "KeyLimits",
        [
            Shape.Member("requests_per_minute", .nullable(.integer(0...1_000_000_000)), "Requests in a minute."),
            Shape.Member("tokens_per_minute", .nullable(.integer(0...1_000_000_000_000)), "Tokens in a minute."),
            Shape.Member("concurrency_max", .nullable(.integer(0...1_000_000)), "Requests under way at once."),
        ]
    )

    static let order = Shape.record(
        "KeyOrder",
        [
            Shape.Member("id", .name, "Its name; one is drawn where none is given."),
            Shape.Member("organisation", .name, "The organisation that pays; its team's if left out."),
            Shape.Member("team", .nullable(.name), "The team that it belongs to."),
        ] + policy
    )

    static let change = Shape.record("KeyChange", policy)

    private static let members: [Shape.Member] =
        [
            Shape.Member("id", .name, "Its name.", isRequired: true),
            Shape.Member("organisation", .name, "The organisation that pays.", isRequired: true),
            Shape.Member("team", .nullable(.name), "The team that it belongs to.", isRequired: true),
            Shape.Member("hint", .text(scalarsMax: 8), "The last four characters of its text.", isRequired: true),
            Shape.Member("usable", .flag, "False where it was made under another pepper.", isRequired: true),
            Shape.Member("created_unix_ms", .unixMilliseconds, "When it was made; 0 where unknown.", isRequired: true),
            .origin,
        ] + policy

    static let key = Shape.record("Key", members)

    static let issued = Shape.record(
        "IssuedKey",
        members + [
            Shape.Member("key", .text(scalarsMax: 128), "The key itself, which is never shown again.", isRequired: true)
        ]
    )

    private static let rate = Shape.nullable(
        .record(
            "RateAllowance",
            [
                Shape.Member("limit", .integer(0 ... .max), "How many a minute.", isRequired: true),
                Shape.Member("remaining", .integer(.min ... .max), "How many are left.", isRequired: true),
                Shape.Member("reset_ms", .integer(0 ... .max), "Milliseconds until all are left.", isRequired: true),
            ]
        )
    )

    static let allowance = Shape.record(
        "KeyAllowance",
        [
            Shape.Member("limits", limits, "What is set.", isRequired: true),
            Shape.Member("requests", rate, "What is left of requests, by the tightest limit.", isRequired: true),
            Shape.Member("tokens", rate, "What is left of tokens, by the tightest limit.", isRequired: true),
        ]
    )
}

extension KeyRecord {
    /// Writes all that may be known of it; with `text`, which only its maker gets to see.
    func write(to writer: inout JSONWriter, isUsable: Bool, text: Secret? = nil) {
        writer.object { object in
            object.member("id", id.rawValue)
            object.member("organisation", organisation.rawValue)
            object.member("team", team?.rawValue)
            object.member("hint", hint)
            object.member("usable", isUsable)
            object.member("origin", origin.rawValue)
            object.member("created_unix_ms", Int(createdUnixMilliseconds))
            object.member("models", policy.models.map { $0.map(\.rawValue).sorted() })
            object.member("strategies", policy.strategies.map { $0.sorted() })
            object.member("default_strategy", policy.defaultStrategy)
            object.member("router", policy.router)
            object.key("limits")
            policy.limits.write(to: &object)
            object.object("tags") { tags in
                for (name, value) in policy.tags.sorted(by: { $0.key < $1.key }) {
                    tags.key(named: name)
                    tags.value(value)
                }
            }
            object.member("priority", policy.priority)
            object.member("weight", policy.weight)
            object.member("expires_unix_ms", expiresUnixMilliseconds)
            object.member("disabled", isDisabled)
            object.member("note", note)
            if let text { object.member("key", text.reveal()) }
        }
    }
}

extension KeyLimits {
    func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("requests_per_minute", requestsPerMinute)
            object.member("tokens_per_minute", tokensPerMinute)
            object.member("concurrency_max", concurrencyMax)
        }
    }
}

extension Datum {
    /// Puts what is here of a key's properties into these.
    func update(
        _ policy: inout KeyPolicy,
        expires: inout Int64?,
        isDisabled: inout Bool,
        note: inout String
    ) {
        update(&policy.models, "models") { $0.elements.map { Set($0.compactMap(\.text).map { ModelID($0) }) } }
        update(&policy.strategies, "strategies") { $0.elements.map { Set($0.compactMap(\.text)) } }
        update(&policy.defaultStrategy, "default_strategy", \.text)
        update(&policy.router, "router", \.text)
        if let limits = self["limits"] {
            limits.update(&policy.limits.requestsPerMinute, "requests_per_minute", \.integer)
            limits.update(&policy.limits.tokensPerMinute, "tokens_per_minute") { $0.integer.map { Int64($0) } }
            limits.update(&policy.limits.concurrencyMax, "concurrency_max", \.integer)
        }
        update(&policy.tags, "tags") { $0.members?.compactMapValues(\.text) }
        update(&policy.priority, "priority", \.integer)
        update(&policy.weight, "weight", \.number)
        update(&expires, "expires_unix_ms") { $0.integer.map { Int64($0) } }
        update(&isDisabled, "disabled", \.flag)
        update(&note, "note", \.text)
    }
}

extension RateAllowance.Item? {
    func write(to writer: inout JSONWriter) {
        guard let self else { return writer.null() }
        writer.object { object in
            object.member("limit", Int(self.limit))
            object.member("remaining", Int(self.remaining))
            object.member("reset_ms", Int(self.resetMilliseconds))
        }
    }
}
