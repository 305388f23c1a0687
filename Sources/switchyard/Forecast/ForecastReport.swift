import Forecasting
import Foundation
import Reporting

/// A forecast and its backtest, as tables and as a page.
struct ForecastReport {
    let name: String
    let series: HourlySeries
    let combination: Combination
    let results: [Backtest.Result]

    private var forecast: Forecasting.Forecast { combination.forecast }

    /// Both tables in `format`; CSV holds the forecast alone.
    func rendered(as format: ReportFormat) -> String {
        switch format {
        case .csv: table.rendered(as: .csv)
        case .text:
            ([table] + (results.isEmpty ? [] : [backtest])).map { $0.rendered(as: .text) }.joined(separator: "\n")
        case .json:
            "{\"forecast\": \(table.rendered(as: .json)), \"backtest\": \(backtest.rendered(as: .json))}\n"
        }
    }

    /// A line for each hour.
    private var table: ReportTable {
        let lines = forecast.values.indices.map { hour in
            [.text("\(forecast.start.advanced(by: hour))"), Self.cell(forecast.values[hour])]
                + forecast.quantiles.map { Self.cell($0.values[hour]) }
        }
        return ReportTable(
            title: "Forecast of \(name), \(series.count) hours to \(series.end)",
            header: ["hour", "expected"] + forecast.quantiles.map { "p\(Int(($0.level * 100).rounded()))" },
            lines: lines,
            notes: [
                "hour: its beginning, UTC",
                "p90: with a probability of 90 % no more than this, by what such forecasts missed",
            ]
        )
    }

    /// A line for each method and lead.
    private var backtest: ReportTable {
        let leads = [24, min(168, forecast.values.count)]
        var lines: [[ReportTable.Cell]] = []
        for result in results {
            for (errors, lead) in zip(result.errors, Set(leads.filter { $0 <= forecast.values.count }).sorted()) {
                lines.append([
                    .text(result.name), .number("\(lead)"), Self.cell(errors.wape), Self.cell(errors.smape),
                    Self.cell(errors.mase), Self.cell(errors.mape), Self.cell(result.milliseconds),
                ])
            }
        }
        return ReportTable(
            title: "Backtest: the last days forecast again, each from what lay before",
            header: ["method", "hours_ahead", "wape", "smape", "mase", "mape", "milliseconds"],
            lines: lines,
            notes: [
                "wape: the sum of errors in per cent of the sum of values",
                "smape: the mean of errors in per cent of the mean of forecast and value, 0 to 200",
                "mase: errors in terms of what yesterday's value missed by before; below 1 is better than that",
                "mape: the mean of errors in per cent of the value, of hours that are not 0",
                "milliseconds: mean time of a forecast, learning included",
            ]
        )
    }

    private static func cell(_ value: Double?) -> ReportTable.Cell {
        guard let value else { return .none }
        return .number(String(format: abs(value) >= 1000 ? "%.0f" : "%.3f", value))
    }

    /// The page: what was and what is expected, how methods erred, and how they are weighted.
    var page: String {
        var figures = results.compactMap { result in
            result.errors.first?.wape.map { "\(result.name): WAPE a day ahead \(String(format: "%.2f", $0)) %" }
        }
        figures.insert("\(series.count) hours, \(series.filledCount) of them filled in; times are UTC", at: 0)
        return ChartPage(title: "Forecast of \(name)", charts: [course] + weights, figures: figures).text
    }

    /// The last weeks and the hours to come, in days from the first forecast hour on.
    private var course: CurveChart {
        let past = series.values.suffix(24 * 14)
        func curve(_ name: String, _ values: [Double], from first: Int) -> CurveChart.Curve {
            CurveChart.Curve(name: name, points: values.enumerated().map { (Double(first + $0) / 24, $1) })
        }
        let levels = forecast.quantiles.filter { [0.1, 0.9].contains($0.level) }
        return CurveChart(
            title: "The last two weeks, and what is expected",
            xName: "days from \(forecast.start)",
            yName: "by the hour",
            curves: [curve("has been", Array(past), from: -past.count), curve("expected", forecast.values, from: 0)]
                + levels.map { curve("p\(Int(($0.level * 100).rounded()))", $0.values, from: 0) }
        )
    }

    private var weights: [CurveChart] {
        guard combination.members.count > 1, combination.weights.count > 1 else { return [] }
        return [
            CurveChart(
                title: "What each method weighs, by the day ahead",
                xName: "day ahead",
                yName: "weight",
                curves: combination.members.enumerated().map { index, member in
                    CurveChart.Curve(
                        name: member.name,
                        points: combination.weights.enumerated().map { (Double($0 + 1), $1[index]) }
                    )
                }
            )
        ]
    }
}
