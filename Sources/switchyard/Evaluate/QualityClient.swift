import Foundation
import Learning

/// Asks a gateway tasks, and judges what comes back.
final class QualityClient {
    /// Why there is nothing to judge.
    enum Failure: Error {
        case noGateway(url: String, reason: String)
        case refused(status: Int, message: String)

        var message: String {
            switch self {
            case .noGateway(let url, let reason): "no gateway answers at \(url): \(reason); is it running?"
            case .refused(let status, let message): "the gateway refused with \(status): \(message)"
            }
        }
    }

    private let client: GatewayClient
    private let url: String
    private let sandbox: Sandbox?
    /// Whether an answer was made up by a simulated backend.
    private(set) var isSimulated = false

    init(_ url: String, sandbox: Sandbox?) {
        (self.url, self.sandbox) = (url, sandbox)
        client = GatewayClient(url)
    }

    /// The models that the gateway expects the best quality and the least cost of, for a middling prompt.
    func extremes() async throws -> (best: String, cheapest: String) {
        let route: [String: any Sendable] = ["dry_run": true, "relax": true, "router": "none"]
        let answer = try await post("/v1/route", "auto", "Summarize the minutes of the last meeting.", ["route": route])
        let candidates = (answer.object["candidates"] as? [[String: Any]] ?? []).filter { $0["rejected"] == nil }
        func figure(_ name: String, _ candidate: [String: Any]) -> Double { candidate[name] as? Double ?? 0 }
        let best = candidates.max { figure("expected_quality", $0) < figure("expected_quality", $1) }
        let cheapest = candidates.min { figure("expected_cost_usd", $0) < figure("expected_cost_usd", $1) }
        guard answer.status == 200, let best = best?["model"] as? String, let cheapest = cheapest?["model"] as? String
        else { throw Failure.refused(status: answer.status, message: Self.message(of: answer)) }
        return (best, cheapest)
    }

    /// Asks `model` one task; a refusal is an outcome without an answer, since that is what a client would have got.
    func ask(_ task: QualityTask, of model: String) async throws -> QualityOutcome {
        let began = ContinuousClock.now
        let more: [String: any Sendable] = task.outputTokensMax.map { ["max_tokens": $0] } ?? [:]
        let answer = try await reply(to: task.prompt, of: model, more)
        let milliseconds = (ContinuousClock.now - began) / .milliseconds(1)
        let text = Self.content(of: answer)
        let passesTests = try text.flatMap { text in try task.tests.flatMap { try passes($0, text) } }
        return QualityOutcome(
            score: text.map { task.score($0, passesTests: passesTests) } ?? 0,
            dollars: Self.dollars(of: answer),
            milliseconds: milliseconds,
            isAnswered: text != nil,
            model: answer.headers["x-switchyard-model"] ?? model
        )
    }

    /// What a model answers to a prompt.
    func reply(to prompt: String, of model: String, _ more: [String: any Sendable]) async throws -> GatewayClient.Answer
    {
        let answer = try await post("/v1/chat/completions", model, prompt, more)
        if answer.headers["x-switchyard-simulated"] == "true" { isSimulated = true }
        // No key, or no such model: all else would be refused as well.
        if [400, 401, 403, 404].contains(answer.status) {
            throw Failure.refused(status: answer.status, message: "\(model): \(Self.message(of: answer))")
        }
        return answer
    }

    /// What an answer cost, all its attempts together.
    static func dollars(of answer: GatewayClient.Answer) -> Double {
        answer.headers["x-switchyard-cost-usd"].flatMap(Double.init) ?? 0
    }

    /// What a whole answer of 200 says; `nil` for any other.
    static func content(of answer: GatewayClient.Answer) -> String? {
        guard answer.status == 200, let choices = answer.object["choices"] as? [[String: Any]] else { return nil }
        return (choices.first?["message"] as? [String: Any])?["content"] as? String
    }

    static func message(of answer: GatewayClient.Answer) -> String {
        (answer.object["error"] as? [String: Any])?["message"] as? String ?? answer.text
    }

    /// Whether the code in `text` passes `tests`; `nil` where there is nowhere to run it.
    private func passes(_ tests: String, _ text: String) throws(Sandbox.Failure) -> Bool? {
        guard let sandbox else { return nil }
        return try sandbox.run(CodeAnswer.code(in: text) + "\n\n" + tests + "\n") == .passed
    }

    private func post(
        _ path: String,
        _ model: String,
        _ prompt: String,
        _ more: [String: any Sendable]
    ) async throws -> GatewayClient.Answer {
        let messages: [[String: String]] = [["role": "user", "content": prompt]]
        let body: [String: any Sendable] = ["model": model, "messages": messages]
        do {
            return try await client.post(path, body.merging(more) { $1 })
        } catch {
            throw Failure.noGateway(url: url, reason: "\(error)")
        }
    }
}
