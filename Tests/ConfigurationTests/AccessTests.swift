import Configuration
import Domain
import Testing

/// Who may reach the gateway, and what stops its start.
@Suite struct AccessTests {
    @Test(arguments: [
        "127.0.0.1:8080", "127.255.0.1:0", "0.0.0.0:65535", "[::1]:8080", "[::]:1", "[2001:db8::8:800:200c:417a]:443",
        "[1:2:3:4:5:6:7:8]:80", "[fe80::]:80", "unix:/run/switchyard.sock", "unix:switchyard.sock",
    ])
    func addressIsTaken(address: String) {
        #expect(settingsProblems("allow_anonymous: true\napi: { addresses: [\"\(address)\"] }") == [])
    }

    @Test(arguments: [
        "localhost:8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:080",
        "127.0.0.256:1",
        "127.0.0.01:1", "127.0.1:1", "1.2.3.4.5:1", "::1:8080", "[::1]", "[:::1]:1", "[1::2::3]:1", "[1:2:3:4:5:6:7]:1",
        "[1:2:3:4:5:6:7:8:9]:1", "[1:2:3:4:5:6:7::8]:1", "[12345::]:1", "[g::]:1", "[::-1]:1", "[+1::]:1", "unix:",
        "unix:/" + String(repeating: "x", count: 107), "127.0.0.1:८०", "", ":80", " 127.0.0.1:80",
    ])
    func addressIsRefused(address: String) {
        let problems = settingsProblems("allow_anonymous: true\napi: { addresses: [\"\(address)\"] }")
        #expect(problems.map(\.keyPath) == ["api.addresses[0]"])
    }

    @Test(arguments: ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:80", "[fe80::1]:80", "128.0.0.1:80"])
    func openAPIWithoutKeysIsRefused(address: String) {
        let problems = settingsProblems("loops: 1\napi:\n  addresses: [\"127.0.0.1:80\", \"\(address)\"]\n")
        #expect(problems.map(\.message) == ["the API would be open to the network without keys"])
        #expect(problems.map(\.line) == [3])
        #expect(settingsProblems("allow_anonymous: true\napi: { addresses: [\"\(address)\"] }") == [])
        let keys = "keys: [{ id: k, organisation: t, secret_variable: K }]\n"
        #expect(settingsProblems(keys + "api: { addresses: [\"\(address)\"] }") == [])
    }

    @Test(arguments: [
        ("api: { tls_key: k }", "api.tls_key"), ("admin: { tls_certificate: c }", "admin.tls_certificate"),
        ("api: { tls_certificate: c, tls_key: null }", "api.tls_certificate"),
        ("admin: { addresses: [\"127.0.0.1:8080\"] }", "admin.addresses"),
        (
            "upstream: { idle_connections_per_backend_max: 9, connections_per_backend_max: 8 }",
            "upstream.idle_connections_per_backend_max"
        ),
        (
            "keys: [{ id: a, organisation: t, secret_variable: A }, { id: a, organisation: t, secret_variable: B }]",
            "keys[1].id"
        ),
        ("keys: [{ id: a, organisation: t, secret_variable: sk-12 }]", "keys[0].secret_variable"),
    ])
    func contradictionIsNamed(yaml: String, path: String) {
        #expect(settingsProblems(yaml).map(\.keyPath) == [path])
    }

    @Test func missingKeysStopTheStartAndMissingModelKeysDoNot() throws {
        let settings = "loops: 1\nkeys:\n  - { id: a, organisation: t, secret_variable: A_KEY }\n"
        let models =
            "models:\n  - { id: m, provider: openai, key_variable: M_KEY, prices: { input: 1, output: 1 }, energy: {} }\n"
        let environment = ["A_KEY": "a-long-secret-of-a", "SWITCHYARD_ADMIN_TOKEN": "a-long-secret-of-admin"]
        let error = #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: ["A_KEY": ""])
        }
        #expect(
            error?.problems.map(\.description) == [
                "settings:3:48: keys[0].secret_variable: environment variable A_KEY is not set; export it, or remove key `a`"
            ]
        )
        let configuration = try GatewayConfiguration(
            settingsYAML: settings,
            modelsYAML: models,
            environment: environment
        )
        #expect(
            configuration.warnings.map(\.description) == [
                "models:2:46: models[0].key_variable: model m: environment variable M_KEY is not set: it is unavailable; export it"
            ]
        )
        let model = try #require(configuration.catalogue["m"])
        #expect(!configuration.hasKey(for: model))
        let more = environment.merging(["M_KEY": "k"]) { $1 }
        let complete = try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: more)
        #expect(complete.hasKey(for: model) && complete.warnings.isEmpty)
        #expect(complete.secret(in: "A_KEY")?.reveal() == "a-long-secret-of-a")
    }

    /// A line end in a key would end its header line, and one in a client's key would match no client.
    @Test(arguments: ["a-long-secret-of-a\n", "a-long secret-of-a", "a-long-secret-of-a\r\nx: y", "a-long-secret-of-ä"])
    func secretThatIsNoHeaderTextIsRefused(secret: String) {
        let settings = "keys:\n  - { id: a, organisation: t, secret_variable: A_KEY }\n"
        let models =
            "models:\n  - { id: m, provider: openai, key_variable: M_KEY, prices: { input: 1, output: 1 }, energy: {} }\n"
        let sound = "a-long-secret-of-a"
        for (environment, place) in [
            (["A_KEY": secret, "M_KEY": sound], "keys[0].secret_variable"),
            (["A_KEY": sound, "M_KEY": secret], "models[0].key_variable"),
        ] {
            let error = #expect(throws: ConfigurationErrors.self) {
                try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: environment)
            }
            #expect(error?.problems.map(\.keyPath) == [place])
            #expect(error?.problems.allSatisfy { !"\($0)".contains("long") } == true, "the secret itself is not shown")
        }
    }

    @Test func sameSecretTwiceIsRefused() {
        let settings = """
            keys:
              - { id: a, organisation: t, secret_variable: A }
              - { id: b, organisation: u, secret_variable: B }
            """
        func problems(_ environment: [String: String]) -> [String] {
            do {
                _ = try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: environment)
                return []
            } catch { return error.problems.map(\.keyPath) }
        }
        let (one, two) = ("0123456789abcdef", "fedcba9876543210")
        #expect(problems(["A": one, "B": two, "SWITCHYARD_ADMIN_TOKEN": "another-long-token"]) == [])
        #expect(problems(["A": one, "B": one]) == ["keys[1].secret_variable"])
        #expect(problems(["A": one, "B": two, "SWITCHYARD_ADMIN_TOKEN": two]) == [""])
    }

    /// Each administrator has a name and a token that nobody else has; one is enough for the start.
    @Test func administratorsAreToldApart() throws {
        func configuration(_ entries: String, _ environment: [String: String]) throws -> GatewayConfiguration {
            try GatewayConfiguration(
                settingsYAML: "administrators: [\(entries)]",
                modelsYAML: models,
                environment: environment
            )
        }
        let (ann, bob) = ("{ id: ann, secret_variable: ANN }", "{ id: bob, secret_variable: BOB, read_only: true }")
        let (one, two) = ("token-of-administrator-1", "token-of-administrator-2")
        let sound = try configuration("\(ann), \(bob)", ["ANN": one, "BOB": two])
        #expect(
            sound.administrators.map(\.name) == ["ann", "bob"]
                && sound.administrators.map(\.isReadOnly) == [false, true]
        )
        #expect(sound.missingAdministrator == nil && sound.warnings.isEmpty)
        #expect(!sound.effectiveText.contains("token-of"))
        let three = try configuration(ann, ["ANN": one, "SWITCHYARD_ADMIN_TOKEN": two])
        #expect(three.administrators.map(\.name) == ["admin", "ann"])
        for (entries, environment, path) in [
            (ann, [:], "administrators[0].secret_variable"),
            (ann + "," + bob, ["ANN": one, "BOB": one], "administrators[1].secret_variable"),
            (ann, ["ANN": one, "SWITCHYARD_ADMIN_TOKEN": one], "administrators[0].secret_variable"),
            (ann + "," + ann, ["ANN": one], "administrators[1].id"),
            ("{ id: admin, secret_variable: ANN }", ["ANN": one], "administrators[0].id"),
        ] as [(String, [String: String], String)] {
            let error = #expect(throws: ConfigurationErrors.self) { try configuration(entries, environment) }
            #expect(error?.problems.map(\.keyPath).contains(path) == true, "\(entries)")
        }
    }

    @Test func thePepperBeforeMustBeThere() throws {
        let settings = "key_pepper_previous_variable: BEFORE"
        let error = #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: [:])
        }
        #expect(error?.problems.map(\.keyPath) == ["key_pepper_previous_variable"])
        let sound = try GatewayConfiguration(
            settingsYAML: settings,
            modelsYAML: models,
            environment: ["BEFORE": "the-pepper-of-last-year"]
        )
        #expect(sound.previousKeyPepper?.reveal() == "the-pepper-of-last-year")
    }

    @Test func openAdminNeedsItsToken() throws {
        let settings = "admin: { addresses: [\"0.0.0.0:8081\"] }"
        let error = #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: [:])
        }
        #expect(error?.problems.map(\.keyPath) == ["admin.addresses"])
        let environment = ["SWITCHYARD_ADMIN_TOKEN": "short"]
        let configuration = try GatewayConfiguration(
            settingsYAML: settings,
            modelsYAML: models,
            environment: environment
        )
        #expect(
            configuration.warnings.map(\.message) == ["the value of SWITCHYARD_ADMIN_TOKEN is shorter than 16 bytes"]
        )
    }

    @Test func autoModelsMustBeInTheRegistry() throws {
        let settings = "loops: 1\nrouting:\n  auto_models: [m, n, sim-smal]\n"
        let registry =
            models + "  - { id: sim-small, provider: simulated, aliases: [n], prices: { input: 0, output: 0 } }\n"
        let error = #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration(settingsYAML: settings, modelsYAML: registry, environment: [:])
        }
        // An alias is no id: `auto` has one name for each model.
        #expect(error?.problems.map(\.keyPath) == ["routing.auto_models[1]", "routing.auto_models[2]"])
        #expect(error?.problems.last?.remedy == "did you mean `sim-small`?")
        #expect(error?.problems.last?.line == 3)
    }

    private let models = "models:\n  - { id: m, provider: simulated, prices: { input: 0, output: 0 }, energy: {} }\n"
}
