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
            The file is HumanEval+ as it is published: a JSON object a line with task_id, prompt, entry_point, canonical_solution \
            and test, plain or .gz. Answers are run by bubblewrap, without network and the machine's files, within limits of \
            time, memory, processes and output; where no sandbox can be had, nothing is run.
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
    @Option(help: "Tokens that an answer may have.") var maxTokens = 1024
    @Option(help: "Seconds that a program may run.") var seconds = 15
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Option(help: "A file for what became of each problem, a JSON object a line.") var results: String?

    func validate() throws {
        guard limit ?? 1 > 0, maxTokens > 0, seconds > 0 else { throw ValidationError("limits are at least 1") }
    }

    func run() async throws {
        do {
            try await evaluate()
        } catch let error as DataError {
            try fail(error.message)
        } catch let error as QualityClient.Failure {
            try fail(error.message)
        } catch let error as Sandbox.Failure {
            try fail(error.message)
        }
    }

    private func fail(_ message: String) throws {
        Console.error("switchyard: \(message)")
        throw ExitCode(1)
    }

    private func evaluate() async throws {
        let problems = Array(try HumanEvalPlus.problems(path: file).prefix(limit ?? .max))
        var limits = Sandbox.Limits()
        limits.seconds = seconds
        limits.cpuSeconds = seconds
        let modules = problems.contains { $0.test.contains("import numpy") } ? ["numpy"] : []
        let sandbox = try Sandbox.make(limits: limits, modules: modules)
        let client = QualityClient(gateway, sandbox: nil)
        let asked = canonical ? ["canonical solutions"] : model
        var lines: [String] = []
        var rows: [[ReportTable.Cell]] = []
        for name in asked {
            var tally = CodeTally()
            var bar = ProgressBar(name, unit: "problems")
            for (count, problem) in problems.enumerated() {
                let answer = canonical ? nil : try await client.solve(problem, by: name, outputTokensMax: maxTokens)
                let program =
                    canonical
                    ? "\(problem.prompt)\(problem.canonicalSolution)\n\(problem.test)\ncheck(\(problem.entryPoint))\n"
                    : answer?.text.map(problem.program)
                let verdict = try program.map { program throws(Sandbox.Failure) in try sandbox.run(program) }
                tally.count(verdict, dollars: answer?.dollars ?? 0)
                lines.append(CodeTally.line(problem.id, name, verdict))
                bar.show(Double(count + 1) / Double(problems.count), count: count + 1, note: "\(tally.passed) passed")
            }
            rows.append(tally.row(name))
        }
        let notes = client.isSimulated ? ["Simulated: backends made the answers up, and no model was called."] : []
        let table = ReportTable(
            title: "\(problems.count) problems",
            header: CodeTally.header,
            lines: rows,
            notes: notes
        )
        print(table.rendered(as: format), terminator: "")
        try results.map {
            try (lines.joined(separator: "\n") + "\n").write(toFile: $0, atomically: true, encoding: .utf8)
        }
    }
}

/// What became of the problems.
private struct CodeTally {
    private(set) var passed = 0
    private var failed = 0
    private var timedOut = 0
    private var unanswered = 0
    private var dollars = 0.0

    static let header = ["asked", "pass_at_1", "passed", "failed", "stopped", "unanswered", "usd", "usd_per_solution"]

    mutating func count(_ verdict: Sandbox.Verdict?, dollars: Double) {
        self.dollars += dollars
        switch verdict {
        case .passed: passed += 1
        case .failed: failed += 1
        case .timedOut, .wroteTooMuch: timedOut += 1
        case nil: unanswered += 1
        }
    }

    /// Of no solution there is no price.
    func row(_ name: String) -> [ReportTable.Cell] {
        let all = passed + failed + timedOut + unanswered
        return [
            .text(name), .number(String(format: "%.3f", Double(passed) / Double(max(all, 1)))), .number("\(passed)"),
            .number("\(failed)"), .number("\(timedOut)"), .number("\(unanswered)"),
            .number(String(format: "%.6f", dollars)),
            passed > 0 ? .number(String(format: "%.6f", dollars / Double(passed))) : .none,
        ]
    }

    /// One problem's outcome as a line of JSON.
    static func line(_ id: String, _ name: String, _ verdict: Sandbox.Verdict?) -> String {
        let (outcome, reason): (String, String) =
            switch verdict {
            case .passed: ("passed", "")
            case .failed(let reason): ("failed", reason)
            case .timedOut: ("timed_out", "")
            case .wroteTooMuch: ("wrote_too_much", "")
            case nil: ("unanswered", "")
            }
        let object = ["task_id": id, "asked": name, "outcome": outcome, "reason": reason]
        let data = (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

extension QualityClient {
    /// What a model says to a problem, and what that cost.
    fileprivate func solve(
        _ problem: HumanEvalPlus,
        by model: String,
        outputTokensMax: Int
    ) async throws -> (text: String?, dollars: Double) {
        let prompt =
            "Complete this Python function. Answer with the whole function in one code block.\n\n```python\n\(problem.prompt)```"
        let answer = try await reply(to: prompt, of: model, ["max_tokens": outputTokensMax, "temperature": 0])
        return (Self.content(of: answer), Self.dollars(of: answer))
    }
}
