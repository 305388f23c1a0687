import Configuration
import Domain
import Foundation
import Testing

/// A price list is not believed blindly: lesson 10, and the incident of a map whose error made everything free.
@Suite struct PriceListTests {
    private func list(_ json: String) throws -> PriceList { try PriceList(json: Array(json.utf8)) }

    private func model(_ id: String, upstream: String? = nil, provider: String = "openai") throws -> Model {
        let name = upstream.map { ", upstream_name: \"\($0)\"" } ?? ""
        let url = provider == "openai" ? "" : ", base_url: \"http://h/v1\""
        let yaml = "models: [{ id: \(id), provider: \(provider)\(url)\(name), prices: { input: 1, output: 2 } }]"
        return try #require(try Registry(yaml: yaml, file: "").catalogue.models.first)
    }

    @Test func readsOurShape() throws {
        let json = """
            {"a": {"input": 2.5, "cached_input": 1.25, "cache_write": 3, "output": 10, "audio_input": 40, "audio_output": 80},
             "b": {"input": 0.15, "output": 0.6}}
            """
        for text in [json, "{\"models\": \(json)}"] {
            let list = try list(text)
            #expect(
                list.models["a"]
                    == TokenPrices(
                        input: 2_500_000,
                        cachedInput: 1_250_000,
                        cacheWrite: 3_000_000,
                        output: 10_000_000,
                        audioInput: 40_000_000,
                        audioOutput: 80_000_000
                    )
            )
            #expect(
                list.models["b"]
                    == TokenPrices(input: 150_000, cachedInput: 150_000, cacheWrite: 150_000, output: 600_000)
            )
            #expect(list.refusals.isEmpty)
        }
    }

    /// As LiteLLM ships it, with what is not priced by the token.
    @Test func readsLiteLLMsMap() throws {
        let list = try list(
            """
            {"sample_spec": {"mode": "one of chat, …", "input_cost_per_token": 0, "output_cost_per_token": 0},
             "gpt-4o-audio": {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05,
              "cache_read_input_token_cost": 1.25e-06, "cache_creation_input_token_cost": 3.75e-06,
              "input_cost_per_audio_token": 4e-05, "output_cost_per_audio_token": 8e-05,
              "input_cost_per_token_above_200k_tokens": 5e-06, "litellm_provider": "openai", "mode": "chat",
              "max_tokens": 16384, "supports_vision": true, "search_context_cost_per_query": {"low": 0.01}},
             "embed": {"input_cost_per_token": 2e-08, "output_cost_per_token": 0.0, "mode": "embedding"},
             "image": {"output_cost_per_image": 0.04, "mode": "image_generation"}}
            """
        )
        #expect(list.models.keys.sorted() == ["embed", "gpt-4o-audio", "sample_spec"])
        #expect(
            list.models["gpt-4o-audio"]
                == TokenPrices(
                    input: 2_500_000,
                    cachedInput: 1_250_000,
                    cacheWrite: 3_750_000,
                    output: 10_000_000,
                    audioInput: 40_000_000,
                    audioOutput: 80_000_000
                )
        )
        #expect(list.models["embed"]?.input == 20_000)
        #expect(list.refusals.isEmpty)
    }

    @Test(arguments: [
        (#"{"input": -1, "output": 1}"#, "m: `input` is negative or above 10,000 USD per million tokens"),
        (#"{"input": 1, "output": 10000.1}"#, "m: `output` is negative or above 10,000 USD per million tokens"),
        (#"{"input": 1, "output": 1e300}"#, "m: `output` is negative or above 10,000 USD per million tokens"),
        (#"{"input": "1", "output": 1}"#, "m: `input` is not a number"),
        (#"{"input": true, "output": 1}"#, "m: `input` is not a number"),
        (#"{"input": 1}"#, "m: `output` is missing"), (#"{"output": 1}"#, "m: `input` is missing"),
        (#"{"input": 1, "output": null}"#, "m: `output` is missing"), ("7", "m: `the entry` is not a number"),
        (#"{"input": 1, "cached_input": 1.1, "output": 1}"#, "m: cached tokens cost more than others"),
        (
            #"{"input_cost_per_token": 1e-6, "output_cost_per_token": 0, "mode": "chat"}"#,
            "m: `output_cost_per_token` is 0, and the other side is not"
        ),
        (
            #"{"input_cost_per_token": 1, "output_cost_per_token": 2}"#,
            "m: `input_cost_per_token` is negative or above 10,000 USD per million tokens"
        ),
    ])
    func whatIsOutOfBoundsIsRefusedAlone(entry: String, refusal: String) throws {
        let list = try list(#"{"m": \#(entry), "good": {"input": 10000, "cached_input": 0, "output": 0}}"#)
        #expect(list.refusals.map(\.description) == [refusal])
        #expect(list.models.keys.sorted() == ["good"])
    }

    @Test(arguments: [
        ("", PriceListError.notJSON), ("{", .notJSON), ("[]", .notAnObject), ("null", .notAnObject), ("{}", .noPrices),
        (#"{"m": {"input": -1, "output": 1}}"#, .noPrices), (#"{"m": {"mode": "chat"}}"#, .noPrices),
    ])
    func whatIsNoListIsRefusedWhole(json: String, error: PriceListError) {
        #expect(throws: error) { try list(json) }
    }

    @Test func noMoreModelsThanTheLimit() {
        let json = Array(#"{"a": {"input": 1, "output": 1}, "b": {"input": 1, "output": 1}}"#.utf8)
        #expect(throws: PriceListError.tooManyModels(1)) { try PriceList(json: json, modelsMax: 1) }
    }

    @Test func aModelIsFoundByItsNames() throws {
        let list = try list(
            #"{"up": {"input": 1, "output": 1}, "azure/up": {"input": 2, "output": 2}, "own": {"input": 3, "output": 3}}"#
        )
        #expect(list.prices(for: try model("own", upstream: "up"))?.input == 1_000_000)
        #expect(list.prices(for: try model("own", upstream: "up", provider: "azure"))?.input == 2_000_000)
        #expect(list.prices(for: try model("own", upstream: "elsewhere"))?.input == 3_000_000)
        #expect(list.prices(for: try model("none")) == nil)
    }

    // MARK: The last good list

    /// Ten times as dear is believed, a little more is not; nothing is believed to have become free.
    @Test(arguments: [(10.0, true), (10.1, false), (0.1, true), (0.099, false), (0, false), (1, true)])
    func aLeapIsRefused(input: Double, isBelieved: Bool) throws {
        let last = try list(#"{"m": {"input": 1, "cached_input": 0, "output": 5}, "gone": {"input": 1, "output": 1}}"#)
        let next = try list(
            #"{"m": {"input": \#(input), "cached_input": 0, "output": 6}, "new": {"input": 0, "output": 0}}"#
        )
        let vetted = next.vetted(against: last, factorMax: 10)
        #expect(vetted.models["m"] == (isBelieved ? next : last).models["m"], "all its prices, or none")
        #expect(vetted.refusals.map(\.model) == (isBelieved ? [] : ["m"]))
        #expect(vetted.models.keys.sorted() == ["m", "new"])
        #expect(next.vetted(against: nil, factorMax: 10) == next)
    }

    @Test func aRefusedEntryKeepsItsLastPrice() throws {
        let last = try list(#"{"m": {"input": 1, "output": 5}}"#)
        let vetted = try list(#"{"m": {"input": -1, "output": 5}, "n": {"input": 1, "output": 1}}"#).vetted(
            against: last,
            factorMax: 10
        )
        #expect(vetted.models["m"] == last.models["m"])
        #expect(vetted.refusals.map(\.model) == ["m"])
    }

    @Test(arguments: 0..<20)
    func whatIsKeptReadsBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var models: [String: TokenPrices] = [:]
        for name in ["a", "b/c", "d\"e", "日本", "new\nline"] {
            let price = { (generator: inout SeededGenerator) in
                Int64.random(in: 0...PriceList.priceMax, using: &generator)
            }
            let input = price(&generator)
            models[name] = TokenPrices(
                input: input,
                cachedInput: .random(in: 0...input, using: &generator),
                cacheWrite: price(&generator),
                output: price(&generator),
                audioInput: price(&generator),
                audioOutput: price(&generator)
            )
        }
        let again = try list(PriceList(models: models).json)
        #expect(again.models == models && again.refusals.isEmpty)
    }

    // MARK: In a configuration

    /// A folder with a price file and a state directory of its own.
    private struct Folder: ~Copyable {
        let url = FileManager.default.temporaryDirectory.appending(path: "prices-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ json: String) throws { try Data(json.utf8).write(to: url.appending(path: "prices.json")) }

        func configuration(factor: Double = 10) throws -> GatewayConfiguration {
            try GatewayConfiguration(
                settingsYAML: """
                    state_directory: "\(url.path)/state"
                    prices: { file: "\(url.path)/prices.json", change_factor_max: \(factor) }
                    """,
                modelsYAML: """
                    models:
                      - { id: a, upstream_name: gpt, provider: openai, energy: {}, prices: { input: 1, output: 2 } }
                      - { id: b, provider: openai, energy: {}, prices: { input: 3, output: 4 } }
                    """,
                environment: [:]
            )
        }
    }

    private func warnings(_ configuration: GatewayConfiguration) -> [String] {
        configuration.warnings.filter { $0.keyPath == "prices.file" }.map(\.message)
    }

    @Test func aFileOverridesTheRegistry() throws {
        let folder = try Folder()
        try folder.write(#"{"gpt": {"input": 5, "output": 6}}"#)
        let configuration = try folder.configuration()
        #expect(configuration.catalogue["a"]?.prices.input == 5_000_000)
        #expect(configuration.catalogue["b"]?.prices.input == 3_000_000)
        #expect(configuration.registry.catalogue.priceVersion != configuration.catalogue.priceVersion)
        #expect(warnings(configuration).isEmpty)
    }

    /// From good to broken, to a leap, to mended: what is charged, and what the operator is told.
    @Test func theLastGoodListStaysInForce() throws {
        let folder = try Folder()
        try folder.write(#"{"gpt": {"input": 5, "output": 6}, "b": {"input": 3, "output": 3}}"#)
        let good = try folder.configuration()
        try good.keepPrices()

        try folder.write("{ truncated")
        let broken = try folder.configuration()
        #expect(broken.catalogue == good.catalogue && broken.catalogue.priceVersion == good.catalogue.priceVersion)
        #expect(warnings(broken).first?.hasSuffix("prices.json is not JSON") == true)
        try broken.keepPrices()

        try folder.write(#"{"gpt": {"input": 0, "output": 0}, "b": {"input": 4, "output": 4}}"#)
        let free = try folder.configuration()
        #expect(free.catalogue["a"]?.prices.input == 5_000_000, "nothing becomes free by a mistake in a file")
        #expect(free.catalogue["b"]?.prices.input == 4_000_000)
        #expect(warnings(free).first?.contains("gpt: `input` went from 5 to 0 USD per million tokens") == true)
        try free.keepPrices()

        try folder.write(#"{"gpt": {"input": 50, "output": 60}, "b": {"input": 4, "output": 4}}"#)
        #expect(try folder.configuration().catalogue["a"]?.prices.input == 50_000_000, "held to what was in force")
        #expect(try folder.configuration(factor: 9.9).catalogue["a"]?.prices.input == 5_000_000)
    }

    @Test func withoutALastGoodListABrokenFileIsAnError() throws {
        let folder = try Folder()
        #expect(throws: ConfigurationErrors.self) { try folder.configuration() }
        try folder.write("{}")
        let error = #expect(throws: ConfigurationErrors.self) { try folder.configuration() }
        #expect(error?.problems.map(\.keyPath) == ["prices.file"])
    }
}
