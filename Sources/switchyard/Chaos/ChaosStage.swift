import Configuration
import Domain
import Foundation
import Ledger
import Simulation
import Upstream

/// What the matrix is played on: simulated backends and a gateway in front of them, on free ports of this machine.
struct ChaosStage: Sendable {
    /// The gateway's patience with a request, which none may outlast.
    static let requestSecondsMax = 10.0
    /// The gateway's attempts at a request, which no fault may exceed.
    static let attemptsMax = 4

    private static let tagName = "act"

    private let gateway: SimulatedGateway
    private let client: ChaosClient

    /// Starts everything for `cells`, for further models that do one request at a time, and for some that hang.
    init(cells: [ChaosCell], sound: [String], hanging: [String]) async throws {
        let models = cells.flatMap(\.models) + sound + hanging
        let settings = try SimulationSettings(
            yaml: try Self.json(Self.simulationSettings(models)),
            file: "simulation"
        )
        gateway = try await SimulatedGateway(settings) { simulation, url, state in
            let hangingURL = "http://\(simulation.hangingAddress ?? "")/v1"
            let registry =
                cells.flatMap { Self.entries(for: $0, url, simulation) }
                + sound.map { Self.entry($0, "\(url)/v1", concurrency: 1) }
                + hanging.map { Self.entry($0, hangingURL) }
            return try GatewayConfiguration(
                settingsYAML: try Self.json(Self.settings(in: state, tags: cells.map(\.model) + sound + hanging)),
                modelsYAML: try Self.json(["models": registry]),
                environment: [:]
            )
        }
        client = try await ChaosClient()
    }

    /// Ends everything and removes the ledger.
    func stop() async throws {
        await client.stop()
        try await gateway.stop()
    }

    // MARK: Requests

    /// Asks the gateway for a chat with `model`, which is also the request's tag; the simulated backends do as `script`
    /// says.
    func chat(
        _ model: String,
        fallbacks: [String],
        streams: Bool,
        script: String,
        patience: Duration? = nil
    ) async throws -> ChaosReply {
        let body: [String: Any] = [
            "model": model, "messages": [["role": "user", "content": "When does the train leave?"]],
            "stream": streams, "metadata": ["simulate": script],
            "route": ["fallbacks": fallbacks, "tags": [Self.tagName: model]],
        ]
        let bytes = Array(try JSONSerialization.data(withJSONObject: body))
        return try await client.send(.post, "\(gateway.url)/v1/route", bytes, patience: patience)
    }

    /// Calls that reached the simulated `models`, requests at them that are in flight, and tokens that they generated.
    func calls(of models: [String]) async throws -> (count: Int, inFlight: Int, tokens: Int) {
        let reply = try await client.send(.get, "\(gateway.backendURL)/simulation/stats")
        let object = try JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any]
        let stats = (object?["models"] as? [[String: Any]] ?? []).filter { models.contains($0["id"] as? String ?? "") }
        func sum(_ name: String) -> Int { stats.reduce(0) { $0 + ($1[name] as? Int ?? 0) } }
        return (sum("calls"), sum("in_flight"), sum("tokens"))
    }

    /// Requests in flight at `models`, by the gateway's metrics and by the backends', once they have had a moment.
    func leftInFlight(_ models: [String]) async throws -> Int {
        var left = 0
        for _ in 0..<20 {
            let slots = try await metric("switchyard_model_in_flight_requests", by: "model")
            left = models.reduce(0) { $0 + Int(slots[$1] ?? 0) } + (try await calls(of: models).inFlight)
            if left == 0 { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        return left
    }

    /// The samples of one of the gateway's metrics by the value of their label `label`, which is their first.
    private func metric(_ name: String, by label: String) async throws -> [String: Double] {
        let page = String(decoding: try await client.send(.get, "\(gateway.url)/metrics").body, as: UTF8.self)
        let start = "\(name){\(label)=\""
        let samples = page.split(separator: "\n").filter { $0.hasPrefix(start) }
        return Dictionary(
            uniqueKeysWithValues: samples.map { line in
                let value = line.split(separator: " ").last.flatMap { Double($0) }
                return (String(line.dropFirst(start.count).prefix { $0 != "\"" }), value ?? .nan)
            }
        )
    }

    /// What ledger and budgets say of the requests with each tag.
    func accounts() async throws -> [String: ChaosAccount] {
        var accounts: [String: ChaosAccount] = [:]
        let reader = try LedgerReader(path: gateway.ledgerPath)
        for row in try reader.requests(limit: 100_000, before: nil) {
            let tags = try JSONSerialization.jsonObject(with: Data(row.tags)) as? [String: String]
            guard let tag = tags?[Self.tagName], let entry = try reader.request(id: row.id) else { continue }
            accounts[tag, default: ChaosAccount()].entries.append(entry)
        }
        for (tag, dollars) in try await metric("switchyard_budget_spent", by: "budget") {
            accounts[tag, default: ChaosAccount()].spent = Money(dollars: dollars)
        }
        for (tag, dollars) in try await metric("switchyard_budget_held", by: "budget") {
            accounts[tag, default: ChaosAccount()].held = Money(dollars: dollars)
        }
        return accounts
    }

    // MARK: Files

    private static func json(_ object: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
    }

    private static func simulationSettings(_ models: [String]) -> [String: Any] {
        [
            "address": "127.0.0.1:0", "refusing_address": "127.0.0.1:0", "hanging_address": "127.0.0.1:0",
            "models": models.map { name -> [String: Any] in
                [
                    "id": name, "time_to_first_token_ms": ["mean": 2, "deviation": 0], "time_between_tokens_ms": 0.5,
                    "output_tokens": ["mean": 8, "max": 8],
                ]
            },
        ]
    }

    private static func settings(in state: String, tags: [String]) -> [String: Any] {
        [
            "api": ["addresses": ["127.0.0.1:0"]], "admin": ["addresses": ["127.0.0.1:0"]], "loops": 1,
            "state_directory": state,
            "limits": ["request_seconds_max": requestSecondsMax],
            "upstream": [
                "connect_seconds_max": 1, "first_byte_seconds_max": 1, "between_bytes_seconds_max": 1,
                "whole_seconds_max": 6, "response_bytes_max": 1_048_576,
                // The event that tells the decision lists hundreds of models here, and is held back with the rest.
                "held_bytes_max": 1_048_576,
            ],
            "routing": [
                "seed": 1, "exploration": 0, "attempts_max": attemptsMax, "retry_wait_seconds_max": 3,
                "queue_seconds_max": 3,
            ],
            // Most requests of the matrix need another attempt, which no service's do.
            "health": ["retries_per_second": 1000, "retries_saved_max": 1000],
            // Ample ones, each to be compared with the ledger.
            "budgets": tags.map { tag -> [String: Any] in
                [
                    "id": tag, "scope": "tag", "of": "\(tagName)=\(tag)", "measure": "usd", "cap": 1000,
                    "window": "month",
                ]
            },
        ]
    }

    private static func entries(
        for cell: ChaosCell,
        _ url: String,
        _ simulation: SimulationService
    ) -> [[String: Any]] {
        let sound = "\(url)/v1"
        let faulty =
            switch cell.fault.place {
            case .script: sound
            case .address(.refused): "http://\(simulation.refusingAddress ?? "")/v1"
            case .address(.hanging): "http://\(simulation.hangingAddress ?? "")/v1"
            case .address(.unknownHost): "http://no-such-host.invalid/v1"
            case .address(.noTLS): url.replacing("http://", with: "https://") + "/v1"
            }
        return cell.models.map { name in
            entry(name, name == cell.spare && cell.recovery == .fallback ? sound : faulty, isLarge: name == cell.spare)
        }
    }

    /// What so many calls with so many tokens may cost at most: three times as much where it has to be estimated from bytes.
    static func costMax(calls: Int, tokens: Int) -> Double {
        // The prompt of the matrix has some 10 tokens.
        3 * (Double(calls) * 40 * 2e-6 + Double(tokens) * 8e-6)
    }

    /// A model whose prices come out whole: 2,000 nanodollars a prompt token, 8,000 a generated one.
    private static func entry(
        _ name: String,
        _ url: String,
        isLarge: Bool = false,
        concurrency: Int = 16
    ) -> [String: Any] {
        [
            "id": name, "base_url": url, "prices": ["input": 2, "output": 8], "concurrency_max": concurrency,
            "context_window": isLarge ? 1_000_000 : 32_768,
        ]
    }
}
