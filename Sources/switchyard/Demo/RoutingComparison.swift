import Foundation
import Learning

/// What one way of choosing came to.
struct RoutingSum: Sendable {
    let way: RoutingWay
    /// The recorded scores of the models that answered, 0 where none did.
    private(set) var scores: [Double] = []
    private(set) var dollars = 0.0
    private(set) var grams = 0.0
    private(set) var milliseconds: [Double] = []
    private(set) var failures = 0
    private(set) var models: [String: Int] = [:]
    /// Whether backends made answers up.
    private(set) var isSimulated = false

    var quality: Double { scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count) }

    /// Half the interval of 95 per cent of the quality.
    var margin: Double {
        let mean = quality
        let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return scores.count < 2 ? 0 : 1.96 * (squares / Double(scores.count - 1) / Double(scores.count)).squareRoot()
    }

    /// Asks for every prompt, so many at once.
    static func of(
        _ way: RoutingWay,
        _ outcomes: [Outcome],
        by client: GatewayClient,
        concurrency: Int,
        progress: (Int) -> Void
    ) async throws -> Self {
        var sum = Self(way: way)
        try await withThrowingTaskGroup(of: (Outcome, GatewayClient.Answer, Duration).self) { group in
            var waiting = outcomes[...]
            func ask() {
                guard let outcome = waiting.popFirst() else { return }
                group.addTask {
                    let start = ContinuousClock.now
                    let answer = try await client.post("/v1/route", way.body(outcome.prompt))
                    return (outcome, answer, ContinuousClock.now - start)
                }
            }
            for _ in 0..<concurrency { ask() }
            while let (outcome, answer, duration) = try await group.next() {
                sum.add(outcome, answer, duration)
                progress(sum.scores.count)
                ask()
            }
        }
        return sum
    }

    private init(way: RoutingWay) { self.way = way }

    private mutating func add(_ outcome: Outcome, _ answer: GatewayClient.Answer, _ duration: Duration) {
        dollars += answer.headers["x-switchyard-cost-usd"].flatMap(Double.init) ?? 0
        grams += answer.headers["x-switchyard-carbon-g"].flatMap(Double.init) ?? 0
        guard answer.status == 200, let model = answer.headers["x-switchyard-model"] else {
            failures += 1
            return scores.append(0)
        }
        if answer.headers["x-switchyard-simulated"] == "true" { isSimulated = true }
        scores.append(outcome.scores[model] ?? 0)
        milliseconds.append(duration / .milliseconds(1))
        models[model, default: 0] += 1
    }
}

/// Ways of choosing beside each other.
struct RoutingComparison {
    let sums: [RoutingSum]
    let prompts: Int

    /// Whether any backend made answers up.
    var isSimulated: Bool { sums.contains(where: \.isSimulated) }

    init(_ sums: [RoutingSum], prompts: Int) {
        self.sums = sums
        self.prompts = prompts
    }

    var text: String {
        let header = ["way", "quality", "+-", "usd", "gco2e", "mean_ms", "failed", "models"]
        let rows = sums.map { sum -> [String] in
            let shares = sum.models.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { model, count in
                "\(100 * count / max(prompts, 1)) % \(model)"
            }
            return [
                sum.way.name, String(format: "%.3f", sum.quality), String(format: "%.3f", sum.margin),
                String(format: "%.4f", sum.dollars), String(format: "%.3f", sum.grams),
                String(format: "%.0f", sum.milliseconds.reduce(0, +) / Double(max(sum.milliseconds.count, 1))),
                "\(sum.failures)", sum.models.count > 1 ? shares.joined(separator: ", ") : "",
            ]
        }
        return TextTable(header: header, rows: rows).text + "\n\n" + verdicts.joined(separator: "\n") + "\n\n" + """
            \(prompts) prompts. quality: the recorded score of the model that answered, 0 where none did; +-: half the
            interval of 95 per cent. Where the gateway's models are simulated, so are lengths, costs, emissions and times.
            """
    }

    /// The routed requests beside always the best and always the cheapest model.
    var verdicts: [String] {
        let singles = sums.filter { $0.way.single != nil }
        guard let routed = sums.first(where: { $0.way == .learned }),
            let best = singles.max(by: { $0.quality < $1.quality }),
            let least = singles.map(\.dollars).min(),
            // Of models at one price, lengths that were drawn do not make one the cheapest.
            let cheapest = singles.filter({ $0.dollars <= 1.03 * least }).max(by: { $0.quality < $1.quality })
        else { return [] }
        func beside(_ other: RoutingSum) -> String {
            String(
                format: "%@: %+.1f %% quality at %.0f %% of its dollars and %.0f %% of its grams",
                other.way.name,
                100 * (routed.quality / max(other.quality, .leastNonzeroMagnitude) - 1),
                100 * routed.dollars / max(other.dollars, .leastNonzeroMagnitude),
                100 * routed.grams / max(other.grams, .leastNonzeroMagnitude)
            )
        }
        return [
            "routed against the best single model in hindsight, \(beside(best))",
            "routed against the cheapest single model, \(beside(cheapest))",
        ]
    }

    var json: String {
        get throws {
            let ways: [[String: Any]] = sums.map { sum in
                [
                    "way": sum.way.name, "quality": sum.quality, "quality_margin": sum.margin, "cost_usd": sum.dollars,
                    "carbon_g": sum.grams, "failed": sum.failures, "models": sum.models,
                ]
            }
            let data = try JSONSerialization.data(
                withJSONObject: ["prompts": prompts, "ways": ways],
                options: [.prettyPrinted, .sortedKeys]
            )
            return String(decoding: data, as: UTF8.self)
        }
    }
}
