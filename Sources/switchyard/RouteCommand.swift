import ArgumentParser
import Foundation

/// `switchyard route`: asks the running gateway which model it would choose for a prompt, and why.
struct Route: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explain which model a prompt would get; --execute lets that model answer.",
        discussion: "Asks a running gateway, so that the decision is the one its clients would get."
    )

    @Option(name: .shortAndLong, help: "The prompt.") var prompt: String
    @Option(help: "A model, an alias, auto, or auto:STRATEGY.") var model = "auto"
    @Option(help: "cost_optimized, latency_optimized, quality_optimized, balanced, round_robin, … ") var strategy:
        String?
    @Option(help: "What the model must be good at, such as code_generation.") var capability: String?
    @Option(help: "At most this expected cost in US dollars.") var maxCost: Double?
    @Option(help: "At most this expected latency in milliseconds.") var maxLatency: Double?
    @Option(help: "At least this quality, 0 to 1.") var requiredQuality: Double?
    @Option(help: "At most these expected grams of CO2e.") var maxCarbon: Double?
    @Option(help: "At most this many tokens in the answer.") var maxTokens: Int?
    @Flag(help: "Loosen constraints that cannot be met instead of refusing.") var relax = false
    @Flag(help: "Let the chosen model answer.") var execute = false
    @Flag(help: "Print the gateway's JSON.") var json = false
    @Option(help: "The gateway.") var gateway = GatewayClient.defaultURL

    func run() async throws {
        let answer = try await GatewayClient(gateway).post("/v1/route", body)
        if json { return print(answer.text) }
        guard answer.status == 200 else {
            let error = answer.object["error"] as? [String: Any]
            Console.error("switchyard: \(answer.status): \(error?["message"] as? String ?? answer.text)")
            throw ExitCode(1)
        }
        let decision = execute ? answer.object["route"] as? [String: Any] ?? [:] : answer.object
        print(DecisionText(decision).text)
        if execute { print("\n" + completion(answer)) }
    }

    private var body: [String: any Sendable] {
        var route: [String: any Sendable] = ["dry_run": !execute, "relax": relax]
        route["strategy"] = strategy
        route["capability"] = capability
        route["max_cost_usd"] = maxCost
        route["max_latency_ms"] = maxLatency
        route["required_quality"] = requiredQuality
        route["max_carbon_g"] = maxCarbon
        var body: [String: any Sendable] = [
            "model": model, "messages": [["role": "user", "content": prompt]], "route": route,
        ]
        body["max_tokens"] = maxTokens
        return body
    }

    private func completion(_ answer: GatewayClient.Answer) -> String {
        let choice = (answer.object["choices"] as? [[String: Any]])?.first
        let message = choice?["message"] as? [String: Any]
        let cost = answer.headers["x-switchyard-cost-usd"] ?? "?"
        return "\(message?["content"] as? String ?? "")\n\n(\(answer.headers["x-switchyard-model"] ?? "?"), $\(cost))"
    }
}

/// A decision as a table for people.
struct DecisionText {
    private let decision: [String: Any]

    init(_ decision: [String: Any]) { self.decision = decision }

    var text: String {
        let rows = (decision["candidates"] as? [[String: Any]] ?? []).map(row)
        let table = TextTable(header: ["model", "cost $", "latency ms", "quality", "CO2e g", "score", ""], rows: rows)
        return """
            \(decision["explanation"] as? String ?? "no decision")
            fallbacks: \((decision["fallbacks"] as? [String] ?? []).joined(separator: ", "))

            \(table.text)
            """
    }

    private func row(_ candidate: [String: Any]) -> [String] {
        let carbon = candidate["expected_carbon_g"] as? [String: Any]
        let rejection = candidate["rejected"] as? [String: Any]
        let isSimulated = candidate["simulated"] as? Bool ?? false
        return [
            (candidate["model"] as? String ?? "") + (isSimulated ? " (simulated)" : ""),
            number(candidate["expected_cost_usd"], 6), number(candidate["expected_latency_ms"], 0),
            number(candidate["expected_quality"], 2), number(carbon?["central"], 4), number(candidate["score"], 3),
            rejection?["reason"] as? String ?? "",
        ]
    }

    private func number(_ value: Any?, _ decimals: Int) -> String {
        (value as? Double).map { String(format: "%.\(decimals)f", $0) } ?? ""
    }
}

/// Columns aligned with spaces.
struct TextTable {
    let header: [String]
    let rows: [[String]]

    var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([header] + rows).map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ").replacing(#/ +$/#, with: "")
        }.joined(separator: "\n")
    }
}
