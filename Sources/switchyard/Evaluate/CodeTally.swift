import Foundation
import Learning
import Reporting

/// What became of one model's answers.
struct CodeTally {
    /// What became of those to some tests.
    private struct Counts {
        var problems: [PassRate.Tally] = []
        var failed = 0
        var stopped = 0
    }

    private let name: String
    /// By the tests, in their order.
    private var counts: [HumanEvalPlus.Part: Counts] = [:]
    private var unanswered = 0
    private var dollars = 0.0

    init(_ name: String) { self.name = name }

    /// Answers that passed all tests.
    var passed: Int {
        [.plus, .check].reduce(0) { $0 + (counts[$1]?.problems.reduce(0) { $0 + $1.passed } ?? 0) }
    }

    /// Begins a problem with these tests.
    mutating func begin(_ parts: [HumanEvalPlus.Part]) {
        for part in parts { counts[part, default: Counts()].problems.append(PassRate.Tally()) }
    }

    /// Counts what became of an answer to the problem begun last, by its tests; nothing of an answer that there is not.
    mutating func count(_ verdicts: [HumanEvalPlus.Part: Sandbox.Verdict], of parts: [HumanEvalPlus.Part]) {
        if verdicts.isEmpty { unanswered += 1 }
        for part in parts {
            guard var sums = counts[part], let last = sums.problems.indices.last else { continue }
            sums.problems[last].answers += 1
            switch verdicts[part] {
            case .passed: sums.problems[last].passed += 1
            case .failed: sums.failed += 1
            case .timedOut, .wroteTooMuch: sums.stopped += 1
            case nil: break
            }
            counts[part] = sums
        }
    }

    mutating func charge(_ dollars: Double) { self.dollars += dollars }

    /// The columns, with those for pass@k.
    static func header(_ ks: [Int]) -> [String] {
        ["asked", "tests", "pass_at_1", "low", "high"] + ks.map { "pass_at_\($0)" }
            + ["passed", "failed", "stopped", "unanswered", "usd", "usd_per_solution"]
    }

    /// A row for each kind of tests; of no solution there is no price.
    func rows(_ ks: [Int]) -> [[ReportTable.Cell]] {
        [HumanEvalPlus.Part.check, .base, .plus].compactMap { part in
            guard let sums = counts[part] else { return nil }
            let rate = PassRate(sums.problems)
            let passed = sums.problems.reduce(0) { $0 + $1.passed }
            let interval = rate.passAt1
            let shares = [interval?.value, interval?.low, interval?.high] + ks.map(rate.passAt)
            return [.text(name), .text(part.rawValue)] + shares.map { Self.cell($0, places: 3) } + [
                .number("\(passed)"), .number("\(sums.failed)"), .number("\(sums.stopped)"), .number("\(unanswered)"),
                Self.cell(dollars, places: 6), Self.cell(passed > 0 ? dollars / Double(passed) : nil, places: 6),
            ]
        }
    }

    private static func cell(_ value: Double?, places: Int) -> ReportTable.Cell {
        value.map { .number(String(format: "%.\(places)f", $0)) } ?? .none
    }

    /// What became of one answer, as a line of JSON for each kind of tests.
    func lines(_ problem: HumanEvalPlus, sample: Int, _ verdicts: [HumanEvalPlus.Part: Sandbox.Verdict]) -> [String] {
        problem.parts.map { part in
            let (outcome, reason): (String, String) =
                switch verdicts[part] {
                case .passed: ("passed", "")
                case .failed(let reason): ("failed", reason)
                case .timedOut: ("timed_out", "")
                case .wroteTooMuch: ("wrote_too_much", "")
                case nil: ("unanswered", "")
                }
            let object: [String: Any] = [
                "task_id": problem.id, "asked": name, "sample": sample, "tests": part.rawValue, "outcome": outcome,
                "reason": reason,
            ]
            let data = (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])) ?? Data()
            return String(decoding: data, as: UTF8.self)
        }
    }
}
