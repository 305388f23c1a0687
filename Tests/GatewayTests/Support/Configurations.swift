import Accounting
import Configuration
import Domain
import HTTP
import Ledger
import Reactor
import Routing
import Wire

@testable import Gateway

extension GatewayConfiguration {
    /// A configuration of `models`, each a YAML mapping, and of `settings`, YAML as well, whose listeners take any port.
    static func test(
        _ models: [String],
        settings: String = "",
        environment: [String: String] = [:]
    ) throws -> GatewayConfiguration {
        try GatewayConfiguration(
            settingsYAML: testSettings(settings),
            modelsYAML: testModels(models),
            environment: environment
        )
    }

    static func testSettings(_ more: String) -> String {
        """
        api: { addresses: ["127.0.0.1:0"] }
        admin: { addresses: ["127.0.0.1:0"] }
        loops: 1
        \(more.contains("routers:") ? "" : "routers: []")
        \(more.contains("encoder:") ? "" : "encoder: { path: null, wait_ms_max: 60000 }")
        \(more)
        """
    }

    static func testModels(_ models: [String]) -> String { "models:\n" + models.map { "  - \($0)\n" }.joined() }
}

/// A model as the registry has it: 2 and 8 USD per million tokens unless `more`, further YAML members, says otherwise.
func entry(_ id: String, at url: String = "http://127.0.0.1:9/v1", _ more: String = "") -> String {
    var members = ["id": id, "base_url": "\"\(url)\"", "prices": "{ input: 2, output: 8, cached_input: 1 }"]
    members["energy"] = "{ joules_per_input_token: 1, joules_per_output_token: 10, pue: 2, grams_per_kwh: 360 }"
    for key in ["prices", "energy"] where more.contains("\(key):") { members[key] = nil }
    let text = members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    return "{ \(text)\(more.isEmpty ? "" : ", " + more) }"
}

extension Policy {
    /// The policy of ``GatewayConfiguration/test(_:settings:environment:)``.
    static func test(
        _ models: [String],
        settings: String = "",
        environment: [String: String] = [:],
        replacing old: Policy? = nil
    ) throws -> Policy {
        let configuration = try GatewayConfiguration.test(models, settings: settings, environment: environment)
        return try Policy(configuration, .empty, try GatewayService.makeHasher(configuration), replacing: old)
    }

    /// The model called `id`, which the test has put there.
    func model(_ id: String) -> Model { catalogue.models[catalogue.index(of: id) ?? 0] }
}

extension Policy {
    /// An attempt at the model at `index`.
    func attempt(_ index: Int, at start: Instant) -> RequestRecord.Attempt {
        RequestRecord.Attempt(
            backend: backends[index],
            startedAt: start,
            intensity: router.outlooks[index].intensity
        )
    }
}

extension RequestRecord {
    /// Adds attempts that have ended, each with what it took, but for the gateway's own work.
    func add(_ attempts: [Attempt], by policy: Policy) {
        for var attempt in attempts {
            let index = policy.catalogue.index(of: attempt.backend.model.id.rawValue) ?? 0
            account(for: &attempt, by: policy.footprints[index], load: (nil, nil), routerWatts: 0)
            self.attempts.append(attempt)
        }
    }

    /// The record of a chat that began at `milliseconds` of the monotonic clock.
    static func test(at milliseconds: UInt64 = 1000) -> RequestRecord {
        RequestRecord(
            id: RequestID(high: 0x0198_C1F2_7B3C_7E57, low: 0x9D5C_2F6A_1C0B_9E11),
            receivedAt: .at(milliseconds),
            endpoint: .chat,
            priceVersion: "v1"
        )
    }
}

extension Instant {
    /// The instant `milliseconds` after the clock's start.
    static func at(_ milliseconds: UInt64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
}

extension HeaderFields {
    /// The fields of a dictionary's literal, in its order.
    init(_ fields: KeyValuePairs<String, String>) {
        self.init()
        for (name, value) in fields { append(name: Array(name.utf8)[...], value: Array(value.utf8)[...]) }
    }
}

extension InferenceRequest {
    /// A chat with the members of `json`, an object.
    static func chat(_ json: String) throws -> InferenceRequest {
        try InferenceRequest(Array(json.utf8), endpoint: .chat, jsonDepthMax: 32)
    }
}

extension Collection<UInt8> {
    /// The bytes as text.
    var text: String { String(decoding: self, as: UTF8.self) }
}
