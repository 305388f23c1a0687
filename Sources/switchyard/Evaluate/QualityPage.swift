import Foundation
import Learning
import Reporting

/// What `evaluate quality` has found: a table, and the same with charts.
struct QualityPage {
    let tasks: [QualityTask]
    /// What was asked, the best model first.
    let names: [String]
    /// By what was asked, task by task.
    let outcomes: [[QualityOutcome]]
    let limits: QualitySummary.Limits
    let isSimulated: Bool
    /// Why no tests were run; `nil` if they were, or there are none.
    let untestedReason: String?

    private var summaries: [QualitySummary] {
        outcomes.map { QualitySummary($0, best: outcomes[0], limits: limits) }
    }

    var table: ReportTable {
        let header = [
            "asked", "usd_per_request", "usd", "saved_usd", "saved_share", "within_limits", "quality_retention",
            "mean_score",
            "mean_ms", "unanswered",
        ]
        let lines = zip(names, summaries).map { name, summary -> [ReportTable.Cell] in
            [
                .text(name), Self.cell(summary.dollarsPerRequest, 7), Self.cell(summary.dollars, 6),
                Self.cell(summary.saved, 6), Self.cell(summary.savedShare, 3), Self.cell(summary.withinLimits, 3),
                Self.cell(summary.retained, 3), Self.cell(summary.meanScore, 3), Self.cell(summary.meanMilliseconds, 0),
                .number("\(summary.unanswered)"),
            ]
        }
        return ReportTable(title: title, header: header, lines: lines, notes: notes)
    }

    var html: String {
        let costs = zip(names, outcomes).map { name, outcomes in
            var sum = 0.0
            let points = outcomes.enumerated().map { place, outcome in
                sum += outcome.dollars
                return (x: Double(place + 1), y: sum)
            }
            return CurveChart.Curve(name: name, points: [(0, 0)] + points)
        }
        let scores = zip(names, outcomes).map { name, outcomes in
            let sorted = outcomes.map(\.score).sorted()
            return CurveChart.Curve(name: name, points: sorted.enumerated().map { (Double($0 + 1), $1) })
        }
        let charts = [
            CurveChart(title: "What it cost", xName: "tasks", yName: "dollars so far", curves: costs),
            CurveChart(title: "How good the answers are", xName: "tasks, worst first", yName: "score", curves: scores),
        ]
        let figures = zip(names, summaries).map { name, summary in
            let saved = summary.savedShare.map { String(format: "%.1f %%", $0 * 100) } ?? "nothing"
            return String(
                format:
                    "%@: $%.6f a request, saves $%.6f (%@), %.1f %% within limits, %.1f %% as good as the best model",
                name,
                summary.dollarsPerRequest,
                summary.saved,
                saved,
                summary.withinLimits * 100,
                summary.retained * 100
            )
        }
        return ChartPage(title: title, charts: charts, figures: figures + notes).text
    }

    private var title: String {
        let kinds = Dictionary(grouping: tasks, by: \.kind).sorted { $0.key < $1.key }
        return "\(tasks.count) tasks: " + kinds.map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
    }

    private var notes: [String] {
        let limit = String(
            format: "within_limits is the share answered within $%g and %g ms, both.",
            limits.dollarsMax,
            limits.millisecondsMax
        )
        let all =
            [
                "saved_usd is what the best model's answers cost less what was charged, failed and rejected attempts included.",
                limit,
                "quality_retention is the share of tasks whose answers are at least as good as the best model's.",
            ] + (untestedReason.map { ["Tests were not run: \($0)."] } ?? [])
        guard isSimulated else { return all }
        return ["Simulated: backends made answers, costs and times up, and no model was called."] + all
    }

    private static func cell(_ value: Double?, _ places: Int) -> ReportTable.Cell {
        value.map { .number(String(format: "%.\(places)f", $0)) } ?? .none
    }
}
