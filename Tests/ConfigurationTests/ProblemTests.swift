import Configuration
import Testing

/// Where an error points, and what it says.
@Suite struct ProblemTests {
    @Test func misspeltKeyIsNamedWithItsPlaceAndTheNearestOne() {
        let problems = settingsProblems("metrics: off\nlimits:\n  # comment\n  head_byte_max: 5\n")
        #expect(
            problems.map(\.description) == [
                "s.yaml:4:3: limits.head_byte_max: unknown key; did you mean `head_bytes_max`?"
            ]
        )
    }

    @Test(arguments: [
        ("limit: {}", "limits"), ("Limits: {}", "limits"), ("lopps: 2", "loops"), ("loging: {}", "logging"),
        ("state_dir: x", "state_directory"), ("admin_token: x", "admin_token_variable"), ("ledgers: {}", "ledger"),
    ])
    func nearestKeyIsTheOneThatWasMeant(yaml: String, key: String) {
        #expect(settingsProblems(yaml).map(\.remedy) == ["did you mean `\(key)`?"])
    }

    @Test func keyThatIsLikeNoneGetsTheWholeList() {
        let remedy = settingsProblems("cache:\n  zzzzzzzzzzzz: 1").first?.remedy
        #expect(remedy == "the keys here are enabled, bytes_max, ttl_seconds, coalesce")
        let long = String(repeating: "q", count: 10_000)
        #expect(settingsProblems("cache: { \(long): 1 }").count == 1)
    }

    @Test func allProblemsAreToldAtOnce() {
        let problems = settingsProblems(
            """
            loops: many
            metrics: apii
            limits:
              head_bytes_max: 12
              nonsense: 1
            routing: { exploration: 1.5 }
            """
        )
        #expect(
            problems.map { "\($0.line ?? 0):\($0.column ?? 0) \($0.keyPath)" } == [
                "1:8 loops", "2:10 metrics", "4:19 limits.head_bytes_max", "5:3 limits.nonsense",
                "6:25 routing.exploration",
            ]
        )
        #expect(problems.map(\.remedy).allSatisfy { !$0.isEmpty })
    }

    @Test(arguments: [
        ("loops: 1.5", "1.5 is not a whole number"), ("loops: \"4\"", "expected a whole number, not a text"),
        ("loops: [4]", "expected a whole number, not a list"), ("loops:", "expected a whole number, not nothing"),
        ("loops: true", "expected a whole number, not a Boolean"),
        ("loops: 0x10", "expected a whole number, not a text"),
        ("loops: 010", "expected a whole number, not a text"), ("loops: -1", "-1 is below 0"),
        ("loops: 99999999999999999999", "99999999999999999999 is not a whole number"),
        ("allow_anonymous: yes", "expected a Boolean, not a text"),
        ("allow_anonymous: 1", "expected a Boolean, not a number"),
        ("routing: { exploration: .nan }", "expected a number, not a text"),
        ("routing: { exploration: 1e999 }", "expected a number, not a text"),
        ("routing: { default_strategy: balancd }", "`balancd` is not one of balanced, cost_optimized,"),
        ("state_directory: 5", "expected a text, not a number"), ("state_directory: \"\"", "is empty"),
        ("state_directory: \"a\\0b\"", "holds a control character"), ("limits: 5", "expected a mapping, not a number"),
        ("limits:", "expected a mapping, not nothing"), ("keys: {}", "expected a list, not a mapping"),
        ("api: { addresses: [] }", "has 0 elements"), ("just a text", "expected a mapping, not a text"),
        ("[a, b]", "expected a mapping, not a list"),
    ])
    func wrongValueIsSaidToBeSo(yaml: String, message: String) {
        let problems = settingsProblems(yaml)
        #expect(problems.count == 1)
        #expect(problems.first?.message.hasPrefix(message) == true, "\(problems)")
        #expect(problems.first?.line == 1)
    }

    @Test func requiredKeyIsMissedWhereItsMappingStarts() {
        let problems = registryProblems(
            "models:\n  - id: a\n    base_url: http://h/v1\n  - base_url: http://h/v1\n    prices: { input: 1 }\n"
        )
        #expect(
            problems.map { "\($0.line ?? 0):\($0.column ?? 0) \($0.keyPath) \($0.message)" } == [
                "2:5 models[0] `prices` is missing", "5:13 models[1].prices `output` is missing",
                "4:5 models[1] `id` is missing",
            ]
        )
    }

    @Test func emptyFileMeansTheDefaults() throws {
        for yaml in ["", "\n", "# nothing\n", "---\n", "{}", "~"] {
            #expect(try Settings(yaml: yaml, file: "s.yaml") == Settings(), "\(yaml)")
        }
        #expect(registryProblems("").map(\.message) == ["`models` is missing"])
    }

    @Test func sectionKeepsTheOtherDefaults() throws {
        let settings = try Settings(
            yaml: "api: { tls_certificate: c, tls_key: k }\nlimits: { idle_seconds_max: 1 }",
            file: ""
        )
        #expect(settings.api.addresses == ["127.0.0.1:8080"])
        #expect(settings.api.tlsKey == "k")
        #expect(settings.limits.idleSecondsMax == 1)
        #expect(settings.limits.headBytesMax == 65_536)
    }
}
