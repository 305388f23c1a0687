import Configuration
import Domain
import Testing

@Suite struct RegistryTests {
    @Test func everyShippedRegistryLoads() {
        #expect(registryPaths.count == 15)
    }

    @Test(arguments: registryPaths) func shippedRegistryLoads(path: String) throws {
        let registry = try Registry(yaml: text(of: path), file: path)
        #expect(!registry.catalogue.models.isEmpty)
    }

    /// Prices are USD per million tokens; an integer picodollar per token is a millionth of that.
    @Test func pricesAreExact() throws {
        let yaml = "models: [{ id: a, provider: openai, prices: { input: 0.15, cached_input: 0.0375, output: 10000 } }]"
        let model = try #require(try Registry(yaml: yaml, file: "").catalogue["a"])
        #expect(
            model.prices
                == TokenPrices(input: 150_000, cachedInput: 37_500, cacheWrite: 150_000, output: 10_000_000_000)
        )
        #expect(model.prices.cost(of: TokenUsage(input: 1_000_000, output: 0)) == Money(dollars: 0.15))
        for price in ["0.000001", "9999.999999", "0.1", "0.7", "123.456789", "1e-6"] {
            #expect(
                registryProblems("models: [{ id: a, provider: openai, prices: { input: \(price), output: 0 } }]") == []
            )
        }
        for price in ["0.0000001", "0.1234567", "9999.9999995"] {
            let problems = registryProblems(
                "models: [{ id: a, provider: openai, prices: { input: \(price), output: 0 } }]"
            )
            #expect(problems.map(\.keyPath) == ["models[0].prices.input"], "\(price)")
        }
    }

    /// Every price of up to six decimals is the integer that it spells, whatever binary makes of it.
    @Test func decimalPricesLoseNothing() throws {
        var generator = SeededGenerator(seed: 1)
        let prices = (0..<1000).map { _ in Int64.random(in: 0...10_000_000_000, using: &generator) }
        let lines = prices.enumerated().map { index, price in
            let decimals = String(1_000_000 + price % 1_000_000).dropFirst()
            return
                "- { id: m\(index), provider: openai, prices: { input: \(price / 1_000_000).\(decimals), output: 0 } }\n"
        }
        let models = try Registry(yaml: "models:\n" + lines.joined(), file: "").catalogue.models
        #expect(models.map(\.prices.input) == prices)
    }

    @Test func aHealthCheckFitsItsInterval() throws {
        let model = { (check: String) in
            "models: [{ id: a, provider: openai, prices: { input: 1, output: 1 }, health_check: { \(check) } }]"
        }
        let registry = try Registry(yaml: model("path: /v1/models, interval_seconds: 5"), file: "")
        let check = HealthCheck(path: "/v1/models", interval: .seconds(5), timeout: .seconds(1), isContinuous: false)
        #expect(registry.catalogue["a"]?.healthCheck == check)
        let short = try Registry(yaml: model("interval_seconds: 0.5, timeout_seconds: 9"), file: "")
        #expect(short.catalogue["a"]?.healthCheck?.timeout == .milliseconds(500))
        for wrong in ["path: health", "path: \"/a b\"", "path: \"\"", "interval_seconds: 0"] {
            let key = wrong.prefix { $0 != ":" }
            let problems = registryProblems(model(wrong))
            #expect(problems.first?.keyPath == "models[0].health_check.\(key)", "\(wrong)")
        }
    }

    @Test func whatIsLeftOutHasASaneDefault() throws {
        let yaml = "models: [{ id: a, provider: simulated, prices: { input: 1, output: 2 } }]"
        let model = try #require(try Registry(yaml: yaml, file: "").catalogue["a"])
        #expect(model.displayName == "a" && model.upstreamName == "a")
        #expect(model.baseURL == "http://127.0.0.1:8090/v1")
        #expect(model.endpoints == [.chat, .completions])
        #expect(model.capabilities == Set(Capability.allCases))
        #expect(model.latencyPrior == .seconds(2))
        #expect(model.energy.method == .declared && model.energy.zone == nil)
    }

    /// S1-34: energy, overhead and grid multiply to the table's kilograms of CO2 for each token.
    @Test(arguments: [
        ("llama3_70b", 5.0e-5), ("codellama_34b", 2.0e-5), ("codellama_13b", 8e-6), ("deepseek_7b", 3e-6),
    ])
    func productionTableGivesItsCarbon(id: String, kilograms: Double) throws {
        let path = "Config/registries/s1-production.yaml"
        let model = try #require(try Registry(yaml: text(of: path), file: path).catalogue[id])
        let joules = model.energy.joulesPerOutputToken * model.energy.powerUsageEffectiveness
        let grams = try joules / 3.6e6 * #require(model.energy.gramsPerKilowattHour)
        // The file's joules have five digits.
        #expect(abs(grams / 1000 - kilograms) < kilograms * 1e-5)
    }

    /// S3-C02, S3-C07: price × 1,000 tokens.
    @Test func routingSystemsPricesAreOfAThousandTokens() throws {
        let path = "Config/registries/s3-llm-routing-system.yaml"
        let catalogue = try Registry(yaml: text(of: path), file: path).catalogue
        #expect(catalogue["gpt-4"]?.prices.cost(of: TokenUsage(input: 0, output: 1000)) == Money(dollars: 0.03))
        #expect(catalogue["llama-2-70b"]?.prices.cost(of: TokenUsage(input: 0, output: 1000)) == Money(dollars: 0.001))
        #expect(
            catalogue.models.map(\.id.rawValue) == [
                "gpt-4", "gpt-3.5-turbo", "claude-3-opus", "claude-3-sonnet", "llama-2-70b",
            ]
        )
    }

    @Test(arguments: [
        ("aliases: [b]", "models[0].aliases[0]"), ("aliases: [a]", "models[0].aliases[0]"),
        ("aliases: [c, c]", "models[0].aliases[1]"), ("aliases: [auto]", "models[0].aliases[0]"),
        ("aliases: [\"auto:cheap\"]", "models[0].aliases[0]"), ("aliases: [\"a b\"]", "models[0].aliases[0]"),
        ("base_url: ftp://h/v1", "models[0].base_url"), ("base_url: http:///v1", "models[0].base_url"),
        ("base_url: https://user:pass@h/v1", "models[0].base_url"),
        ("base_url: https://key@h/v1", "models[0].base_url"),
        ("base_url: http://h/v1/", "models[0].base_url"), ("base_url: http://h/v1#x", "models[0].base_url"),
        ("base_url: http://h/v1?a=b", "models[0].base_url"), ("base_url: http://h:99999/v1", "models[0].base_url"),
        ("base_url: h/v1", "models[0].base_url"), ("provider: openai_compatible", "models[0]"),
        ("provider: azure", "models[0]"), ("context_window: 10, output_tokens_max: 11", "models[0].output_tokens_max"),
        ("endpoints: [chat, chat]", "models[0].endpoints[1]"), ("endpoints: []", "models[0].endpoints"),
        ("quality: .inf", "models[0].quality"),
        ("capabilities: [cooking]", "models[0].capabilities[0]"),
        ("key_variable: sk-live-1234", "models[0].key_variable"),
        ("tier: \"\"", "models[0].tier"), ("name: \"\\n\"", "models[0].name"),
    ])
    func contradictionIsNamed(keys: String, path: String) {
        let provider = keys.contains("provider") ? "" : "provider: openai, "
        let yaml = """
            models:
              - { id: a, \(provider)prices: { input: 1, output: 1 }, \(keys) }
              - { id: b, provider: openai, prices: { input: 1, output: 1 } }
            """
        let problems = registryProblems(yaml)
        // The name of a later model is reported there.
        #expect(problems.map(\.keyPath) == [keys == "aliases: [b]" ? "models[1].id" : path], "\(problems)")
        #expect(problems.map(\.line) == [keys == "aliases: [b]" ? 3 : 2])
    }

    @Test func sameIdTwiceIsRefused() {
        let entry = "  - { id: a, provider: openai, prices: { input: 1, output: 1 } }\n"
        let problems = registryProblems("models:\n\(entry)\(entry)")
        #expect(
            problems.map(\.description) == [
                "m.yaml:3:11: models[1].id: `a` is a name of model `a` as well; rename one"
            ]
        )
    }

    /// The digest changes with any price, and with nothing else; it is the same in every process.
    @Test func priceVersionFollowsThePrices() throws {
        func version(_ keys: String) throws -> String {
            try Registry(yaml: "models: [{ id: a, provider: openai, \(keys) }]", file: "").catalogue.priceVersion
        }
        let first = try version("prices: { input: 1, output: 2 }")
        // FNV-1a of "a 1000000 1000000 1000000 2000000\n", worked out elsewhere.
        #expect(first == "4eceb7cd0b002735")
        #expect(try version("prices: { input: 1, output: 2 }, quality: 0.1") == first)
        #expect(try version("prices: { input: 1, cached_input: 1, output: 2 }") == first)
        for prices in ["input: 1, output: 3", "input: 2, output: 2", "input: 1, output: 2, cached_input: 0.5"] {
            #expect(try version("prices: { \(prices) }") != first)
        }
    }
}
