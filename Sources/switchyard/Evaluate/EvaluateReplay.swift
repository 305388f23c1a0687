import ArgumentParser
import Domain
import Foundation
import Learning
import Ledger
import Reporting
import Routing

/// `switchyard evaluate replay`: what other ways to choose would have come to, by decisions that were logged.
struct EvaluateReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Estimate from a ledger what another policy would have cost, emitted and scored.",
        discussion: """
            Each decision counts as much more as the policy makes it likelier than routing did (its propensity). Where \
            routing never explored what the policy does, nothing can be known, and the table says so instead of a number: \
            set routing.exploration, or send a share of requests with the strategy random.
            """
    )

    @Option(help: "A gateway's ledger.") var ledger: String
    @Option(help: "A policy to judge: \(ReplayPolicy.help); may be given several times.")
    var policy: [ReplayPolicy] = [.cheapest, .cleanest, .fastest, .best, .random]
    @Option(help: "At most so many of the latest requests.") var rows = 100_000
    @Option(help: "text, csv or json.") var format = ReportFormat.text

    func validate() throws {
        guard (1...10_000_000).contains(rows) else { throw ValidationError("--rows is 1 to 10000000") }
    }

    func run() async throws {
        try await reportingFailures {
            let requests: [ReplayRequest]
            do throws(LedgerError) {
                let reader = try LedgerReader(at: LedgerLocation(ledger, password: nil))
                let found = try reader.requests(limit: rows, before: nil)
                let scores = try found.last.map { last throws(LedgerError) in try reader.scores(from: last.id) } ?? [:]
                requests = found.compactMap { ReplayRequest($0, score: scores[$0.id]) }
            } catch {
                throw DataError.unreadable(path: ledger, reason: "\(error)")
            }
            let judged = requests.filter { $0[.feedback] != nil }
            let lines = policy.flatMap { policy in
                ReplayMetric.allCases.compactMap { metric in
                    switch metric {
                    case .feedback: judged.isEmpty ? nil : line(policy, metric, judged)
                    case .dollars, .grams, .quality, .seconds: line(policy, metric, requests)
                    }
                }
            }
            let table = ReportTable(
                title: "\(requests.count) logged decisions",
                header: [
                    "policy", "per_request", "decisions", "logged", "estimate", "low", "high", "snips", "ips",
                    "effective", "refused",
                ],
                lines: lines,
                notes: [
                    "estimate is doubly robust, low to high its interval of 95 per cent; snips and ips are by propensities "
                        + "alone.",
                    "effective is how many of the policy's own decisions the logged ones are worth.",
                    "quality is the registry's of the model that answered; feedback is what was said of answers (POST "
                        + "/v1/feedback), of the \(judged.count) decisions that were judged.",
                    "refused says why there is no estimate.",
                ]
            )
            print(table.rendered(as: format), terminator: "")
        }
    }

    private func line(_ policy: ReplayPolicy, _ metric: ReplayMetric, _ requests: [ReplayRequest]) -> [ReportTable.Cell]
    {
        let models = Set(requests.flatMap { $0.candidates.map(\.model) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(models, 0...))
        let decisions = requests.map { $0.decision(policy, metric, places: places) }
        let count = ReportTable.Cell.number("\(decisions.count)")
        let logged = decisions.reduce(0) { $0 + $1.reward } / Double(max(decisions.count, 1))
        let cell = { (value: Double) in ReportTable.Cell.number(String(format: "%.6g", value)) }
        let head: [ReportTable.Cell] = [.text(policy.name), .text(metric.rawValue), count, cell(logged)]
        do throws(OffPolicyRefusal) {
            let found = try OffPolicyEvaluation(decisions)
            let robust = found.doublyRobust
            return head + [
                cell(robust.value), cell(robust.low), cell(robust.high), cell(found.selfNormalized.value),
                cell(found.inverse.value), .number(String(format: "%.0f", found.effectiveCount)), .none,
            ]
        } catch {
            let named =
                if case .neverDone(let actions) = error {
                    "never chosen: \(actions.map { models[$0] }.joined(separator: ", ")); log with exploration"
                } else {
                    error.message
                }
            return head + [.none, .none, .none, .none, .none, .none, .text(named)]
        }
    }
}

/// What a request is measured by.
enum ReplayMetric: String, CaseIterable {
    case dollars, grams, quality, feedback, seconds
}

/// A request whose model routing has chosen, with the chance that it had.
struct ReplayRequest {
    let candidates: [ReplayCandidate]
    private let chosen: String
    private let propensity: Double
    private let complexity: Double
    private var rewards: [ReplayMetric: Double]

    /// A row with what was said of its answer; `nil` for a request that routing did not choose for, or that was answered
    /// from elsewhere.
    init?(_ row: RequestRow, score: Double?) {
        guard let model = row.chosenModel, let propensity = row.propensity, row.outcome == .completed else {
            return nil
        }
        candidates = ReplayCandidate.open(in: row)
        chosen = model.rawValue
        guard candidates.contains(where: { $0.model == model.rawValue }) else { return nil }
        self.propensity = propensity
        let features = try? JSONDecoder().decode(Features.self, from: Data(row.features))
        complexity = features?.complexity ?? 0
        rewards = [
            .dollars: row.cost.dollars, .grams: row.carbon.grams, .quality: row.quality ?? 0,
            .seconds: Double(row.durationMicroseconds) / 1e6,
        ]
        rewards[.feedback] = score
    }

    /// What the request came to by a measure; `nil` where that is not known.
    subscript(metric: ReplayMetric) -> Double? { rewards[metric] }

    private struct Features: Decodable {
        let complexity: Double?
    }

    /// The decision as off-policy evaluation wants it, with models by their `places`.
    func decision(_ policy: ReplayPolicy, _ metric: ReplayMetric, places: [String: Int]) -> LoggedDecision {
        var target = [Double](repeating: 0, count: places.count)
        for (candidate, probability) in zip(candidates, policy.probabilities(of: candidates)) {
            if let place = places[candidate.model] { target[place] += probability }
        }
        return LoggedDecision(
            action: places[chosen] ?? 0,
            propensity: propensity,
            reward: rewards[metric] ?? 0,
            context: [complexity],
            target: target
        )
    }
}
