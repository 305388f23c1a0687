import ArgumentParser
import Foundation
import Learning
import Reporting

/// `switchyard evaluate code`: how many problems of HumanEval+ a gateway's models solve.
struct EvaluateCode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "code",
        abstract: "Let a running gateway solve the problems of HumanEval+, and run the answers' tests in a sandbox.",
        discussion: """
            The file is HumanEval+ in either of the forms that it is published in: a JSON object a line with task_id, prompt, \
            entry_point, canonical_solution and either base_input and plus_input (EvalPlus) or test; plain or .gz. Answers are \
            run by bubblewrap, without network and the machine's files, within limits of time, memory, processes and output; \
            where no sandbox can be had, nothing is run. low and high are the interval of 95 per cent over problems.
            """
    )

    @Argument(help: "The problems.") var file: String
    @Option(help: "The gateway.") var gateway = GatewayClient.defaultURL
    @Option(help: "What to ask: auto, auto:STRATEGY or a model; may be given several times.") var model: [String] = [
        "auto"
    ]
    @Flag(help: "Run the problems' own solutions instead, which all pass: whether file and sandbox are sound.")
    var canonical = false
    @Option(help: "Only the first so many problems.") var limit: Int?
    @Option(help: "Answers to ask for to each problem.") var samples = 1
    @Option(name: .customLong("k"), help: "Tell pass@k too, k up to --samples; may be given several times.")
    var passAt: [Int] = []
    @Option(help: "The temperature of answers; 0 for one to each problem and 0.8 for several if left out.")
    var temperature: Double?
    @Option(help: "Tokens that an answer may have.") var maxTokens = 1024
    @Option(help: "Seconds that a program may run.") var seconds = 15
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Option(help: "A file for what became of each problem, a JSON object a line.") var results: String?

    func validate() throws {
        guard limit ?? 1 > 0, maxTokens > 0, seconds > 0, samples > 0 else {
            throw ValidationError("limits are at least 1")
        }
        guard passAt.allSatisfy((1...samples).contains) else {
            throw ValidationError("--k is 1 to --samples, here \(samples)")
        }
        guard 0...2 ~= temperature ?? 0 else { throw ValidationError("--temperature is 0 to 2") }
    }

    func run() async throws { try await reportingFailures { try await evaluate() } }

    private func evaluate() async throws {
        let problems = Array(try HumanEvalPlus.problems(path: file).prefix(limit ?? .max))
        let sandbox = try sandbox(for: problems)
        let client = QualityClient(gateway, sandbox: nil)
        var lines: [String] = []
        var rows: [[ReportTable.Cell]] = []
        for name in canonical ? ["canonical solutions"] : model {
            var tally = CodeTally(name)
            var bar = ProgressBar(name, unit: "problems")
            for (count, problem) in problems.enumerated() {
                tally.begin(problem.parts)
                for sample in 0..<(canonical ? 1 : samples) {
                    let answer = canonical ? nil : try await solve(problem, by: name, client)
                    tally.charge(answer?.dollars ?? 0)
                    let verdicts = try verdicts(on: problem, answer?.text, in: sandbox)
                    tally.count(verdicts, of: problem.parts)
                    lines += tally.lines(problem, sample: sample, verdicts)
                }
                bar.show(Double(count + 1) / Double(problems.count), count: count + 1, note: "\(tally.passed) passed")
            }
            bar.end()
            rows += tally.rows(passAt)
        }
        let notes = client.isSimulated ? ["Simulated: backends made the answers up, and no model was called."] : []
        let table = ReportTable(
            title: "\(problems.count) problems",
            header: CodeTally.header(passAt),
            lines: rows,
            notes: notes
        )
        print(table.rendered(as: format), terminator: "")
        try results.map {
            try (lines.joined(separator: "\n") + "\n").write(toFile: $0, atomically: true, encoding: .utf8)
        }
    }

    private func sandbox(for problems: [HumanEvalPlus]) throws(Sandbox.Failure) -> Sandbox {
        var limits = Sandbox.Limits()
        limits.seconds = seconds
        limits.cpuSeconds = seconds
        let needsNumpy = problems.contains {
            guard case .check(let test) = $0.tests else { return false }
            return test.contains("import numpy")
        }
        return try Sandbox.make(limits: limits, modules: needsNumpy ? ["numpy"] : [])
    }

    /// What becomes of an answer by the kinds of tests, of the canonical solution if that is wanted; nothing without an answer.
    ///
    /// What fails tests fails those that follow for the same reason.
    private func verdicts(
        on problem: HumanEvalPlus,
        _ answer: String?,
        in sandbox: Sandbox
    ) throws(Sandbox.Failure) -> [HumanEvalPlus.Part: Sandbox.Verdict] {
        guard canonical || answer != nil else { return [:] }
        var verdicts: [HumanEvalPlus.Part: Sandbox.Verdict] = [:]
        var verdict = Sandbox.Verdict.passed
        for part in problem.parts {
            if verdict == .passed {
                verdict = try sandbox.run(
                    answer.map { problem.program(with: $0, part: part) } ?? problem.canonicalProgram(part: part)
                )
            }
            verdicts[part] = verdict
        }
        return verdicts
    }

    /// What a model says to a problem, and what that cost.
    private func solve(
        _ problem: HumanEvalPlus,
        by model: String,
        _ client: QualityClient
    ) async throws -> (text: String?, dollars: Double) {
        let prompt =
            "Complete this Python function. Answer with the whole function in one code block.\n\n```python\n\(problem.prompt)```"
        let wishes: [String: any Sendable] = [
            "max_tokens": maxTokens, "temperature": temperature ?? (samples > 1 ? 0.8 : 0),
        ]
        let answer = try await client.reply(to: prompt, of: model, wishes)
        return (QualityClient.content(of: answer), QualityClient.dollars(of: answer))
    }
}
