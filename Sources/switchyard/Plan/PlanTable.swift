import Foundation
import Planning
import Reporting

/// Experiments side by side.
struct PlanTable {
    let table: ReportTable

    init(_ results: [PlanResult]) {
        let header = [
            "experiment", "kg_co2e", "kwh", "usd", "qor_min", "qor_p5", "qor_mean", "over_bound_pct", "vs_all_best_pct",
            "vs_constant_mix_pct", "vs_constant_grid_pct", "cpu_seconds", "verified",
        ]
        let lines = results.map { result -> [ReportTable.Cell] in
            let (check, quality) = (result.verification, result.quality)
            return [
                .text(result.job), .digits(check.grams / 1000, 3), .digits(check.kilowattHours, 1),
                .digits(check.dollars, 2), .digits(quality.minimum, 4), .digits(quality.fifthPercentile, 4),
                .digits(quality.mean, 4), result.plan.bound > 0 ? .digits(100 * result.plan.gap, 4) : .none,
                .digits(result.savings.map { 100 * $0.allBest }, 2),
                .digits(result.savings.map { 100 * $0.constantMix }, 2),
                .digits(result.savings.map { 100 * $0.constantGrid }, 2), .digits(result.cpuSeconds, 3),
                .text(check.violations.first ?? "yes"),
            ]
        }
        // Each once, in the order of the plans.
        var notes: [String] = []
        for note in results.flatMap(\.notes) where !notes.contains(note) { notes.append(note) }
        table = ReportTable(
            title: "Plans",
            header: header,
            lines: lines,
            notes: [
                "over_bound_pct: how far the plan may be from the best there is, which is proven.",
                "vs_all_best_pct: saved against everything at the best tier.",
                "vs_constant_mix_pct: saved against the same quality in every hour.",
                "vs_constant_grid_pct: of that, what comes of knowing the grid: the rest is packing of machines.",
            ] + notes
        )
    }
}

extension ReportTable.Cell {
    /// A number with so many decimals; nothing where there is none.
    fileprivate static func digits(_ value: Double?, _ places: Int) -> ReportTable.Cell {
        // Without the sign of what rounds to 0.
        value.map { .number(String(format: "%.\(places)f", abs($0) < 0.5 * pow(10, -Double(places)) ? 0 : $0)) }
            ?? .none
    }
}
