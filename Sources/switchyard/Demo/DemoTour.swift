import ArgumentParser
import Foundation

/// `switchyard demo tour`: shows the running gateway at work, in six parts (S3-28) of which the last adapts (S2-11).
struct DemoTour: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tour",
        abstract:
            "Six parts against a running gateway: routing, strategies, constraints, fallback, execution, adaptation."
    )

    @Option(help: "The gateway.") var gateway = GatewayClient.defaultURL

    private static let prompts = [
        ("simple_qa", "What is the capital of France?"),
        ("code_generation", "Write a Swift function that merges two sorted arrays."),
        ("complex_reasoning", "Prove step by step that the square root of two is irrational."),
        ("summarization", "Summarize: a gateway chooses a model for every prompt and keeps the budget."),
    ]

    func run() async throws {
        let client = GatewayClient(gateway)
        try await basicRouting(client)
        try await strategies(client)
        try await constraints(client)
        try await fallbacks(client)
        try await execution(client)
        try await adaptation(client)
    }

    private func title(_ number: Int, _ text: String) { print("\n\(number). \(text)\n") }

    private func basicRouting(_ client: GatewayClient) async throws {
        title(1, "Routing by what a prompt needs")
        for (capability, prompt) in Self.prompts {
            let decision = try await decide(client, prompt, ["capability": capability])
            print("\(capability): \(decision["explanation"] as? String ?? "no model: \(decision)")")
        }
    }

    private func strategies(_ client: GatewayClient) async throws {
        title(2, "One prompt, every strategy")
        let names = [
            "cost_optimized", "latency_optimized", "quality_optimized", "balanced", "round_robin", "least_loaded",
            "random", "ensemble",
        ]
        for name in names {
            let decision = try await decide(client, Self.prompts[2].1, ["strategy": name])
            print("\(name): \(decision["model"] as? String ?? "none")")
        }
    }

    private func constraints(_ client: GatewayClient) async throws {
        title(3, "Constraints: refused with the reason, or relaxed where the request says so")
        let refused = try await client.post("/v1/route", body(Self.prompts[0].1, ["max_cost_usd": 1e-9]))
        let error = refused.object["error"] as? [String: Any]
        print("max_cost_usd 1e-9: \(refused.status) \(error?["message"] as? String ?? "")")
        let decision = try await decide(client, Self.prompts[0].1, ["max_cost_usd": 1e-9, "relax": true])
        print("with relax: \(decision["explanation"] as? String ?? "")")
    }

    private func fallbacks(_ client: GatewayClient) async throws {
        title(4, "Who stands by")
        let decision = try await decide(client, Self.prompts[1].1, ["strategy": "quality_optimized"])
        print(DecisionText(decision).text)
    }

    private func execution(_ client: GatewayClient) async throws {
        title(5, "An answer, with what it cost")
        let answer = try await client.post("/v1/route", body(Self.prompts[0].1, [:]))
        let choice = (answer.object["choices"] as? [[String: Any]])?.first
        let message = choice?["message"] as? [String: Any]
        print(message?["content"] as? String ?? answer.text)
        for name in ["model", "simulated", "decision", "cost-usd", "attempts"] {
            if let value = answer.headers["x-switchyard-\(name)"] { print("x-switchyard-\(name): \(value)") }
        }
    }

    private func adaptation(_ client: GatewayClient) async throws {
        title(6, "The choice follows the prompt: harder ones get abler models")
        let ladder = [
            "Hi!", "Explain how a hash map works.",
            "Design a fault-tolerant payment system: analyze the trade-offs, prove that no payment is lost, and evaluate "
                + "three architectures under exactly these constraints: 99.99 % availability, no single point of failure.",
        ]
        for prompt in ladder {
            let decision = try await decide(client, prompt, ["strategy": "cost_optimized"])
            let complexity = String(format: "%.2f", decision["complexity"] as? Double ?? 0)
            print("complexity \(complexity): \(decision["model"] as? String ?? "none")  \"\(prompt.prefix(60))\"")
        }
    }

    private func decide(
        _ client: GatewayClient,
        _ prompt: String,
        _ route: [String: any Sendable]
    ) async throws -> [String: Any] {
        try await client.post("/v1/route", body(prompt, route.merging(["dry_run": true]) { $1 })).object
    }

    private func body(_ prompt: String, _ route: [String: any Sendable]) -> [String: any Sendable] {
        ["messages": [["role": "user", "content": prompt]], "max_tokens": 64, "route": route]
    }
}
