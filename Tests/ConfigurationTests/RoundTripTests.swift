import Configuration
import Domain
import Foundation
import Testing
import Yams

/// What is written is read back, and secrets are never written.
@Suite struct RoundTripTests {
    @Test(arguments: ["Config/models.yaml"] + registryPaths) func everyRegistryRoundTrips(path: String) throws {
        let settings = """
            api: { addresses: ["127.0.0.1:0", "unix:/tmp/a b.sock"], tls_certificate: "c: #1", tls_key: 'it''s "k"\\' }
            metrics: "off"
            state_directory: "~"
            logging: { level: error, format: json }
            upstream: { proxy: "http://[::1]:3128", connect_seconds_max: 0.25, ca_file: "true" }
            routing: { seed: 9007199254740991, exploration: 0.000001, decision_cache: { enabled: false } }
            ledger: { path: "0755", durability: strict }
            keys: []
            admin: { tls_certificate: "12", tls_key: "1e3" }
            """
        let first = try GatewayConfiguration(settingsYAML: settings, modelsYAML: text(of: path), environment: [:])
        for text in [first.effectiveText, first.exportedJSON] {
            let again = try GatewayConfiguration(exported: text, file: "export", environment: [:])
            #expect(again.settings == first.settings)
            #expect(again.catalogue == first.catalogue)
            #expect(again.effectiveText == first.effectiveText)
        }
        // Other readers, of YAML 1.1 and JSON, see the same texts.
        let yaml = try Yams.load(yaml: first.effectiveText) as? [String: Any]
        #expect(((yaml?["settings"] as? [String: Any])?["ledger"] as? [String: Any])?["path"] as? String == "0755")
        #expect((yaml?["settings"] as? [String: Any])?["metrics"] as? String == "off")
        let object = try JSONSerialization.jsonObject(with: Data(first.exportedJSON.utf8)) as? [String: Any]
        #expect(object?.keys.sorted() == ["registry", "settings"])
        #expect(((object?["settings"] as? [String: Any])?["ledger"] as? [String: Any])?["path"] as? String == "0755")
    }

    @Test func errorsOfAnImportNameItsLines() {
        let json = "{\n  \"settings\": {\n    \"loops\": -1\n  },\n  \"registry\": { \"models\": [] }\n}\n"
        let error = #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration(exported: json, file: "export.json", environment: [:])
        }
        #expect(error?.problems.map { "\($0.line ?? 0) \($0.keyPath)" } == ["3 settings.loops", "5 registry.models"])
    }

    /// No way of showing a configuration, or what is wrong with it, shows a secret.
    @Test func secretsAreShownByTheirVariablesNameAlone() throws {
        let secret = "hunter2-hunter2-hunter2"
        let environment = ["CLIENT": secret, "SWITCHYARD_ADMIN_TOKEN": secret + "-admin", "BACKEND": secret + "-model"]
        let settings = "keys: [{ id: a, organisation: t, secret_variable: CLIENT }]"
        let models = "models: [{ id: m, provider: openai, key_variable: BACKEND, prices: { input: 1, output: 1 } }]"
        let configuration = try GatewayConfiguration(
            settingsYAML: settings,
            modelsYAML: models,
            environment: environment
        )
        #expect(configuration.secrets.count == 3)
        var dumped = ""
        dump(configuration, to: &dumped)
        let shown = [
            configuration.effectiveText, configuration.exportedJSON, "\(configuration)",
            String(reflecting: configuration),
            dumped, "\(configuration.warnings)",
        ]
        for text in shown { #expect(!text.contains("hunter2")) }
        #expect(configuration.effectiveText.contains("key_variable: BACKEND  # <secret from $BACKEND>\n"))
        #expect(configuration.effectiveText.contains("secret_variable: CLIENT  # <secret from $CLIENT>\n"))
        // Written where its variable's name belongs, it is not repeated either.
        for yaml in [
            "keys: [{ id: a, organisation: t, secret_variable: hunter2-x }]", "admin_token_variable: \"hunter2 x\"",
            "admin_token_variable: [hunter2]", "upstream: { proxy: \"http://me:hunter2@proxy:1\" }",
            "admin_token_variable: \"hunter2", "admin_token_variable: &hunter2x hunter2",
        ] {
            let problems = settingsProblems(yaml)
            #expect(!problems.isEmpty)
            #expect(!problems.map(\.description).joined().contains("hunter2"), "\(problems)")
        }
    }
}
