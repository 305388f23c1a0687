import Configuration
import Domain
import Tenancy
import Testing

/// Organisations, teams, keys and budgets as settings have them.
@Suite struct TenancySettingsTests {
    private let settings = """
        routers: [{ id: words, kind: lexical }]
        organisations: [{ id: research, name: Research }, { id: sales, disabled: true }]
        teams: [{ id: nlp, organisation: research }]
        keys:
          - id: batch
            organisation: research
            team: nlp
            secret_variable: BATCH
            models: [m]
            strategies: [cost_optimized, balanced]
            default_strategy: balanced
            router: words
            requests_per_minute: 60
            tokens_per_minute: 10000
            concurrency_max: 4
            tags: ["job=batch", "x=a=b", plain]
            expires: "2027-01-31T00:00:00Z"
            priority: -10
            weight: 0.5
            disabled: true
            note: nightly
        budgets:
          - { id: usd, measure: usd, cap: 12.5, window: month, rolling: true, paced: false }
          - { id: carbon, scope: team, of: nlp, measure: gco2e, cap: 0.001, window: request }
          - { id: tokens, scope: tag, of: job=batch, measure: tokens, cap: 3000000000, window: day }
          - { id: joules, scope: model, of: m, measure: joules, cap: 1, window: hour }
        latency_budgets:
          - { id: fast, scope: key, of: batch, limit_ms: 1500, share: 0.95, window: hour }
        """
    private let models = "models:\n  - { id: m, aliases: [n], provider: simulated, prices: { input: 0, output: 0 } }\n"
    private let environment = ["BATCH": "a-long-secret-of-batch", "SWITCHYARD_ADMIN_TOKEN": "a-long-admin-token"]

    @Test func aKeyHasAllThatTheFileSays() throws {
        let configuration = try configuration(settings)
        let hasher = try #require(KeyHasher(pepper: Secret("pepper")))
        let key = try #require(configuration.declaredKeys(hasher).first)
        #expect(key.id == KeyID(rawValue: "batch") && key.organisation == TenantID(rawValue: "research"))
        #expect(key.team == TeamID(rawValue: "nlp") && key.isDisabled && key.note == "nightly")
        #expect(key.hash == hasher.hash(Array("a-long-secret-of-batch".utf8)[...]) && key.hint == "")
        #expect(key.expiresUnixMilliseconds == 1_801_353_600_000 && key.origin == .declared)
        #expect(key.policy.models == [ModelID("m")] && key.policy.strategies == ["cost_optimized", "balanced"])
        #expect(key.policy.defaultStrategy == "balanced" && key.policy.router == "words")
        #expect(key.policy.priority == -10 && key.policy.weight == 0.5)
        #expect(key.policy.tags == ["job": "batch", "x": "a=b", "plain": ""])
        #expect(key.policy.limits == KeyLimits(requestsPerMinute: 60, tokensPerMinute: 10_000, concurrencyMax: 4))
        #expect(configuration.organisations.map(\.isDisabled) == [false, true])
        #expect(configuration.teams == [Team(id: TeamID(rawValue: "nlp"), organisation: key.organisation)])
    }

    @Test func budgetsAreInTheirSmallestUnits() throws {
        let budgets = try configuration(settings).budgets
        #expect(budgets.map(\.cap) == [12_500_000_000, 1000, 3_000_000_000, 1_000_000])
        #expect(budgets.map(\.window) == [.rolling(.month), .request, .calendar(.day), .calendar(.hour)])
        #expect(
            budgets.map(\.scope) == [
                .everyone, .team(TeamID(rawValue: "nlp")), .tag("job=batch"), .model(ModelID("m")),
            ]
        )
        #expect(budgets.map(\.measure) == [.cost, .carbon, .tokens, .energy] && budgets.map(\.isPaced)[0] == false)
        let latency = try #require(try configuration(settings).latencyBudgets.first)
        #expect(latency.limit == .milliseconds(1500) && latency.scope == .key(KeyID(rawValue: "batch")))
    }

    /// S1-28: 1.0 kg a day, 0.05 kg an hour, 0.001 kg a request.
    @Test func theShippedCarbonBudgetsAreThoseOfTheReference() throws {
        let configuration = try configuration(text(of: "Config/settings/carbon-budgets.yaml"))
        #expect(configuration.budgets.map(\.cap) == [1_000_000_000, 50_000_000, 1_000_000])
        #expect(configuration.budgets.map(\.window) == [.calendar(.day), .calendar(.hour), .request])
        #expect(configuration.budgets.allSatisfy { $0.measure == .carbon && $0.scope == .everyone })
    }

    @Test(arguments: [
        ("teams: [{ id: t, organisation: reserch }]\norganisations: [{ id: research }]", "teams[0].organisation", 1),
        ("teams: [{ id: t, organisation: o }, { id: t, organisation: o }]", "teams[1].id", 1),
        (
            "organisations: [{ id: research }]\nkeys: [{ id: k, organisation: resarch, secret_variable: K }]",
            "keys[0].organisation", 2
        ),
        ("keys: [{ id: k, organisation: o, team: t, secret_variable: K }]", "keys[0].team", 1),
        (
            "teams: [{ id: t, organisation: a }]\nkeys: [{ id: k, organisation: b, team: t, secret_variable: K }]",
            "keys[0].team", 2
        ),
        (
            "keys: [{ id: k, organisation: o, secret_variable: K, strategies: [random], default_strategy: balanced }]",
            "keys[0].default_strategy", 1
        ),
        ("keys: [{ id: k, organisation: o, secret_variable: K, router: words }]", "keys[0].router", 1),
        ("keys: [{ id: k, organisation: o, secret_variable: K, tags: [a=1, a=2] }]", "keys[0].tags[1]", 1),
        ("keys: [{ id: k, organisation: o, secret_variable: K, tags: [=1] }]", "keys[0].tags[0]", 1),
        ("keys: [{ id: k, organisation: o, secret_variable: K, expires: tomorrow }]", "keys[0].expires", 1),
        ("keys: [{ id: k, organisation: o, secret_variable: K, weight: 0 }]", "keys[0].weight", 1),
        ("budgets: [{ id: b, measure: usd, cap: 1, window: day, of: x }]", "budgets[0].of", 1),
        ("budgets: [{ id: b, scope: team, measure: usd, cap: 1, window: day }]", "budgets[0].scope", 1),
        ("budgets: [{ id: b, scope: team, of: t, measure: usd, cap: 1, window: day }]", "budgets[0].of", 1),
        ("budgets: [{ id: b, scope: key, of: k, measure: usd, cap: 1, window: day }]", "budgets[0].of", 1),
        ("budgets: [{ id: b, scope: organisation, of: o, measure: usd, cap: 1, window: day }]", "budgets[0].of", 1),
        ("budgets: [{ id: b, measure: usd, cap: 1, window: request, rolling: true }]", "budgets[0].rolling", 1),
        ("budgets: [{ id: b, measure: tokens, cap: 1.5, window: day }]", "budgets[0].cap", 1),
        ("budgets: [{ id: b, measure: usd, cap: 1e10, window: day }]", "budgets[0].cap", 1),
        ("budgets: [{ id: b, measure: usd, cap: -1, window: day }]", "budgets[0].cap", 1),
        ("budgets: [{ id: b, measure: euros, cap: 1, window: day }]", "budgets[0].measure", 1),
        (
            "budgets: [{ id: b, measure: usd, cap: 1, window: day }]\n"
                + "latency_budgets: [{ id: b, limit_ms: 1, share: 0.9, window: day }]", "latency_budgets[0].id", 2
        ),
        ("latency_budgets: [{ id: b, limit_ms: 1, share: 0.9, window: request }]", "latency_budgets[0].window", 1),
        ("latency_budgets: [{ id: b, limit_ms: 1, share: 1, window: day }]", "latency_budgets[0].share", 1),
    ])
    func contradictionIsNamedWithItsLine(yaml: String, path: String, line: Int) {
        let problems = settingsProblems(yaml)
        #expect(problems.map(\.keyPath) == [path] && problems.map(\.line) == [line], "\(problems)")
        #expect(problems.allSatisfy { !$0.remedy.isEmpty })
    }

    @Test func nearestNameIsOffered() {
        let yaml = "organisations: [{ id: research }]\nteams: [{ id: t, organisation: reserch }]"
        #expect(settingsProblems(yaml).map(\.remedy) == ["did you mean `research`?"])
    }

    @Test func modelsMustBeInTheRegistryByTheirIDs() {
        for yaml in [
            "keys: [{ id: k, organisation: o, secret_variable: BATCH, models: [m, n] }]",
            "budgets: [{ id: b, scope: model, of: n, measure: usd, cap: 1, window: day }]",
        ] {
            let error = #expect(throws: ConfigurationErrors.self) { try configuration(yaml) }
            #expect(error?.problems.map(\.message) == ["`n` is no model's id"])
        }
    }

    /// Keys can be made by administration alone: then an open listener needs no declared one.
    @Test func requiredKeysCloseTheAPI() {
        let open = "api: { addresses: [\"0.0.0.0:8080\"] }\n"
        #expect(settingsProblems(open).count == 1)
        #expect(settingsProblems(open + "require_keys: true").isEmpty)
    }

    @Test func administrationNeedsACredentialUnlessItIsOff() throws {
        let none = try GatewayConfiguration(settingsYAML: "loops: 1", modelsYAML: models, environment: [:])
        let text = try #require(none.missingAdministrator)
        #expect(text.contains("SWITCHYARD_ADMIN_TOKEN") && text.contains("admin: { addresses: [] }"))
        let off = "admin: { addresses: [] }"
        let closed = try GatewayConfiguration(settingsYAML: off, modelsYAML: models, environment: [:])
        #expect(closed.missingAdministrator == nil && !closed.warnings.contains { "\($0)".contains("ADMIN_TOKEN") })
        #expect(try configuration("loops: 1").missingAdministrator == nil)
    }

    private func configuration(_ settings: String) throws -> GatewayConfiguration {
        try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: environment)
    }
}
