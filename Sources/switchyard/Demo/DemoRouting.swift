import ArgumentParser
import Foundation
import Learning

/// `switchyard demo routing`: what routing is worth, on prompts whose outcomes are recorded.
struct DemoRouting: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routing",
        abstract: "Compare routed requests with always taking one model: quality, dollars, grams.",
        discussion: """
            Sends every prompt of the outcomes to a running gateway, once for each way to choose the model, and counts what \
            the ledger would. Quality is the recorded score of the model that answered; where backends are simulated, so are \
            the answers, their lengths and their times. deploy/demo starts a gateway whose models the outcomes know.
            """
    )

    @Option(help: "The gateway.") var gateway = GatewayClient.defaultURL
    @Option(help: "Outcomes, a JSON object a line: prompt, and scores by model.")
    var outcomes = "Config/demo/outcomes.jsonl"
    @Option(help: "How many of the prompts, the first ones.") var limit = Int.max
    @Option(help: "Requests at once.") var concurrency = 16
    @Flag(help: "Print JSON.") var json = false
    @Option(help: "A file for the same as a page with charts.") var html: String?

    func validate() throws {
        guard (1...256).contains(concurrency) else { throw ValidationError("--concurrency is 1 to 256") }
        guard limit > 0 else { throw ValidationError("--limit is at least 1") }
    }

    func run() async throws {
        try await reportingFailures {
            let outcomes = try Array(OutcomeFile().outcomes(at: outcomes).prefix(limit))
            let models = try await models(scoredIn: outcomes)
            let ways = [RoutingWay.learned, .registry, .random] + models.map(RoutingWay.always)
            let client = GatewayClient(gateway)
            var bar = ProgressBar("asking", unit: "requests")
            var sums: [RoutingSum] = []
            for way in ways {
                let done = sums.count * outcomes.count
                let total = Double(ways.count * outcomes.count)
                sums.append(
                    try await RoutingSum.of(way, outcomes, by: client, concurrency: concurrency) { count in
                        bar.show(Double(done + count) / total, count: done + count, note: way.name)
                    }
                )
            }
            bar.end()
            let comparison = RoutingComparison(sums, prompts: outcomes.count)
            print(json ? try comparison.json : comparison.text)
            if let html { try comparison.html.write(toFile: html, atomically: true, encoding: .utf8) }
        }
    }

    /// The gateway's models that have a score for every prompt.
    private func models(scoredIn outcomes: [Outcome]) async throws -> [String] {
        let answer = try await GatewayClient(gateway).get("/v1/models")
        let names = (answer.object["data"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
        let known = names.filter { name in outcomes.allSatisfy { $0.scores[name] != nil } }
        guard known.count > 1 else {
            throw ValidationError(
                "the gateway has \(names.joined(separator: ", ")), and the outcomes have scores of "
                    + "\(outcomes.first?.scores.keys.sorted().joined(separator: ", ") ?? "none"): start deploy/demo's gateway"
            )
        }
        return known
    }
}

/// A way to choose the model of every request.
enum RoutingWay: Hashable, Sendable {
    /// The gateway's own: what it does with `auto` and no further wish.
    case learned
    /// As it would without a router that has learned.
    case registry
    /// Any model.
    case random
    /// This one.
    case always(String)

    var name: String {
        switch self {
        case .learned: "routed"
        case .registry: "routed, by the registry alone"
        case .random: "random"
        case .always(let model): "always \(model)"
        }
    }

    /// The model that all requests go to; `nil` where it is chosen for each.
    var single: String? { if case .always(let model) = self { model } else { nil } }

    /// The body of a request for `prompt`.
    func body(_ prompt: String) -> [String: any Sendable] {
        var body: [String: any Sendable] = ["messages": [["role": "user", "content": prompt]], "max_tokens": 1024]
        switch self {
        case .learned: body["model"] = "auto"
        case .registry: (body["model"], body["route"]) = ("auto", ["router": "none"])
        case .random: body["model"] = "auto:random"
        case .always(let model): body["model"] = model
        }
        return body
    }
}
