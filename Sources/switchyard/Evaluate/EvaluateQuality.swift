import ArgumentParser
import Configuration
import Foundation
import Learning
import Reporting

/// `switchyard evaluate quality`: what routing costs and keeps on prompts whose answers a program can judge.
struct EvaluateQuality: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract:
            "Ask a gateway the prompts of a file, and compare routing with the best and the cheapest model.",
        discussion: """
            Without --gateway it starts one in this process, with the built-in settings and simulated models: they give a task's \
            reference or filler, each by its quality, and all figures are made up. Each line of the file is a task: {"id", "task", "prompt", "max_tokens", "reference", "tests", "checks": {"json", "keys", \
            "words_max", "characters_max", "bullets", "contains", "overlap_min"}}; Config/prompts/quality.jsonl has some. \
            Costs are those that the gateway charged, failed and rejected attempts included. A task is retained if its answer \
            is at least as good as the best model's. Tasks with tests run their answers in a sandbox (bubblewrap), where there is one.
            """
    )

    @Argument(help: "Tasks, a JSON object a line, plain or .gz.") var file = "Config/prompts/quality.jsonl"
    @Option(help: "A running gateway, such as \(GatewayClient.defaultURL); one of its own if left out.")
    var gateway: String?
    @Option(help: "What to compare: auto, auto:STRATEGY or a model; may be given several times.")
    var model: [String] = ["auto", "auto:cascade"]
    @Option(help: "The model to compare with; the one that the gateway expects the best quality of if left out.")
    var best: String?
    @Option(help: "The cheapest model; the one that the gateway expects the least cost of if left out.")
    var cheapest: String?
    @Option(help: "What a request may cost in USD for its service level to be kept.") var maxCost = 0.02
    @Option(help: "How many milliseconds it may take.") var maxLatency = 2000.0
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Option(help: "A file for the same as a page with charts.") var html: String?

    func validate() throws {
        guard maxCost >= 0, maxLatency > 0 else { throw ValidationError("limits are above 0") }
        guard !model.isEmpty else { throw ValidationError("--model names at least one") }
    }

    func run() async throws {
        try await reportingFailures {
            let tasks = try QualityTask.tasks(path: file)
            guard let gateway else {
                let known = tasks.compactMap { task in
                    task.reference.map { SimulationSettings.KnownAnswer(to: task.prompt, $0) }
                }
                let own = try await SimulatedGateway(knowing: known)
                do { try await evaluate(tasks, at: own.url) } catch {
                    try await own.stop()
                    throw error
                }
                return try await own.stop()
            }
            try await evaluate(tasks, at: gateway)
        }
    }

    private func evaluate(_ tasks: [QualityTask], at url: String) async throws {
        let (sandbox, reason) = sandbox(for: tasks)
        let client = QualityClient(url, sandbox: sandbox)
        let known = best == nil || cheapest == nil ? try await client.extremes() : nil
        guard let best = best ?? known?.best, let cheapest = cheapest ?? known?.cheapest else { return }
        let runs = [("best", best), ("cheapest", cheapest)] + model.map { ($0, $0) }
        var outcomes: [[QualityOutcome]] = runs.map { _ in [] }
        var bar = ProgressBar("asking", unit: "tasks")
        for (count, task) in tasks.enumerated() {
            // Task by task, so that what changes meanwhile is the same for all.
            for (place, run) in runs.enumerated() { outcomes[place].append(try await client.ask(task, of: run.1)) }
            bar.show(Double(count + 1) / Double(tasks.count), count: count + 1)
        }
        bar.end()
        let report = QualityPage(
            tasks: tasks,
            names: runs.map { $0.0 == $0.1 ? $0.1 : "\($0.1) (\($0.0))" },
            outcomes: outcomes,
            limits: .init(dollarsMax: maxCost, millisecondsMax: maxLatency),
            isSimulated: client.isSimulated,
            untestedReason: reason
        )
        print(report.table.rendered(as: format), terminator: "")
        try html.map { try report.html.write(toFile: $0, atomically: true, encoding: .utf8) }
    }

    /// Where answers are run if tasks have tests, or why they are not: such tasks are judged by their other checks then.
    private func sandbox(for tasks: [QualityTask]) -> (sandbox: Sandbox?, reason: String?) {
        guard tasks.contains(where: { $0.tests != nil }) else { return (nil, nil) }
        do throws(Sandbox.Failure) {
            return (try Sandbox.make(), nil)
        } catch {
            return (nil, error.message)
        }
    }
}
