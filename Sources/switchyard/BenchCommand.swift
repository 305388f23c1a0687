import ArgumentParser
import Configuration
import Domain
import Foundation
import Routing

/// `switchyard bench`: measures the product's own parts.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare strategies, without a gateway and without calling a model.",
        subcommands: [Strategies.self]
    )

    /// Compares the strategies (S3-17).
    struct Strategies: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What each strategy would cost, take and achieve on the registry's figures.",
            discussion: """
                Simulated: no model is called. Each call takes the model's latency prior, up to a fifth more or less, and \
                fails with the given rate; a failure goes on to the next fallback, and every attempt is charged.
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @Option(help: "Requests for each strategy.") var iterations = 1000
        @Option(help: "Prompts, one a line; a few built-in ones if left out.") var prompts: String?
        @Option(help: "The share of calls that fail, 0 to 1.") var errorRate = 0.1
        @Option(help: "Tokens of each answer.") var outputTokens = 256
        @Option(help: "Seed of all chance.") var seed: UInt64 = 1
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard iterations > 0, iterations <= 10_000_000 else {
                throw ValidationError("--iterations is 1 to 10000000")
            }
            guard (0...1).contains(errorRate) else { throw ValidationError("--error-rate is 0 to 1") }
            guard (0...1_000_000).contains(outputTokens) else {
                throw ValidationError("--output-tokens is 0 to 1000000")
            }
        }

        func run() async throws {
            let configuration = try options.load()
            let texts = try prompts.map { try String(contentsOfFile: $0, encoding: .utf8).split(separator: "\n") }
            let bench = StrategyBench(
                catalogue: configuration.catalogue,
                prompts: texts?.map(String.init) ?? StrategyBench.samplePrompts,
                errorRate: errorRate,
                outputTokens: outputTokens,
                seed: seed
            )
            let results = Strategy.allCases.map { bench.run($0, iterations: iterations) }
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
                encoder.keyEncodingStrategy = .convertToSnakeCase
                print(String(decoding: try encoder.encode(results), as: UTF8.self))
            } else {
                print("simulated, \(iterations) requests a strategy, \(Int(errorRate * 100)) % of calls fail\n")
                print(
                    TextTable(
                        header: ["strategy", "avg cost $", "avg latency ms", "success", "avg quality", "most used"],
                        rows: results.map(\.row)
                    ).text
                )
            }
        }
    }
}

/// What one strategy came to.
struct StrategyResult: Codable {
    let strategy: String
    let simulated: Bool
    let requests: Int
    let avgCost: Double
    let avgLatencyMs: Double
    let successRate: Double
    let avgQuality: Double
    let models: [String: Int]

    var row: [String] {
        let most = models.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return [
            strategy, String(format: "%.6f", avgCost), String(format: "%.0f", avgLatencyMs),
            String(format: "%.1f %%", successRate * 100), String(format: "%.3f", avgQuality),
            most.map { "\($0.key) \(100 * $0.value / max(requests, 1)) %" } ?? "",
        ]
    }
}

/// Runs strategies against models that take and cost what the registry says.
struct StrategyBench {
    let catalogue: Catalogue
    let prompts: [String]
    let errorRate: Double
    let outputTokens: Int
    let seed: UInt64

    static let samplePrompts = [
        "What is the capital of France?",
        "Summarize this paragraph in two sentences: the quick brown fox jumps over the lazy dog.",
        "Write a Swift function that merges two sorted arrays, with tests for the edge cases.",
        "Prove that the square root of two is irrational, step by step, and explain each step.",
        "Translate \"good morning\" into German.",
        "Analyze the trade-offs between a monolith and microservices for a team of five.",
    ]

    func run(_ strategy: Strategy, iterations: Int) -> StrategyResult {
        let router = Router(catalogue: catalogue)
        let fleet = Fleet(catalogue: catalogue)
        var generator = SeededGenerator(seed: seed)
        var (cost, latency, quality, successes) = (Money.zero, Duration.zero, 0.0, 0)
        var models: [String: Int] = [:]
        for iteration in 0..<iterations {
            let request = self.request(prompts[iteration % max(prompts.count, 1)], strategy, router)
            let decision = router.decide(request, fleet: fleet.snapshot(now: 0, for: request), using: &generator)
            for index in [decision.choice].compactMap(\.self) + decision.fallbacks {
                let model = catalogue.models[index]
                let took = model.latencyPrior * Double.random(in: 0.8...1.2, using: &generator)
                let isSuccess = Double.random(in: 0..<1, using: &generator) >= errorRate
                let tokens = TokenUsage(input: request.inputTokens, output: isSuccess ? outputTokens : 0)
                let charge = model.prices.cost(of: tokens)
                fleet.observe(index, latency: took, cost: charge, succeeded: isSuccess)
                cost += charge
                latency += took
                models[model.id.rawValue, default: 0] += 1
                guard isSuccess else { continue }
                successes += 1
                quality += model.quality
                break
            }
        }
        return StrategyResult(
            strategy: strategy.rawValue,
            simulated: true,
            requests: iterations,
            avgCost: cost.dollars / Double(iterations),
            avgLatencyMs: latency / .milliseconds(1) / Double(iterations),
            successRate: Double(successes) / Double(iterations),
            avgQuality: successes > 0 ? quality / Double(successes) : 0,
            models: models
        )
    }

    private func request(_ prompt: String, _ strategy: Strategy, _ router: Router) -> RoutingRequest {
        let capability = ComplexityMeasure.lexical.score(prompt).features.capability
        return RoutingRequest(
            endpoint: .chat,
            capability: router.serves(capability, on: .chat) ? capability : nil,
            strategy: strategy,
            inputTokens: TokenEstimate.tokens(in: prompt),
            outputTokens: outputTokens
        )
    }
}
