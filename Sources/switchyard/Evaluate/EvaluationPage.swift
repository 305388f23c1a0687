import Foundation
import Learning
import Neural
import Reporting

/// What is measured of routers side by side: printed as it comes, and drawn for who wants a page.
struct EvaluationPage {
    private let pairs: [(weak: String, strong: String)]
    private let prices: [(model: String, price: Double)]
    private let seed: UInt64
    private var charts: [Chart] = []
    private var figures: [String] = []
    private var table = NamedTable()

    /// A chart as it grows: routers in their order, then what they are compared with.
    private struct Chart {
        let title: String
        let xName: String
        let yName: String
        var routers: [CurveChart.Curve]
        let baselines: [CurveChart.Curve]
    }

    init(pairs: [(weak: String, strong: String)], prices: [(model: String, price: Double)], seed: UInt64) {
        (self.pairs, self.prices, self.seed) = (pairs, prices, seed)
    }

    // MARK: Cross-validation

    /// Measures the router called `name` by what it expected of `set`.
    mutating func add(_ validation: CrossValidation, of name: String, _ set: OutcomeSet) throws {
        var line: [(column: String, text: String)] = [("router", name)]
        for pair in pairs {
            guard
                let report = try PairReport(
                    set,
                    expected: validation.expected,
                    weak: pair.weak,
                    strong: pair.strong,
                    seed: seed
                )
            else {
                say("\(pair.weak) -> \(pair.strong): nothing to route, neither is better")
                continue
            }
            draw(report, of: name)
            let models = "\(report.weak) → \(report.strong)"
            line.append(("APGR \(models)", report.area.text(3)))
            let suffix = pairs.count > 1 ? " \(models)" : ""
            line.append(("CPT50\(suffix)", report.callsForHalf.text(2)))
            line.append(("CPT80\(suffix)", report.callsForMost.text(2)))
        }
        if !prices.isEmpty {
            if let report = try PoolReport(set, expected: validation.expected, prices: prices, seed: seed) {
                draw(report, of: name)
                line.append(("AIQ", report.meanQuality.text(3)))
                line.append(("accuracy", report.accuracy.text(3)))
                line.append(("saved", report.saving?.text(2) ?? "nothing"))
            } else {
                say("pool: no prompt was put to all \(prices.count) models")
            }
        }
        let calibration = Calibration(expected: validation.expected, set)
        let worst = Calibration.worst(expected: validation.expected, set)
        line.append(("ECE", calibration.error.text(3)))
        let byChance = Calibration.worstErrorByChance(expected: validation.expected, set, seed: seed)
        line.append(("worst model's ECE (were all exact)", "\(worst.error.text(3)) (\(byChance.text(3)))"))
        line.append(("Brier", calibration.brier.text(4)))
        if let lengths = LengthReport(set, expected: validation.outputTokens, seed: seed) {
            let error = "\(lengths.logarithmError.text(3)); \(lengths.logarithmErrorOfMeans.text(3))"
            line.append(("RMSE of log tokens; by means", error))
            line.append(("cost explained beside means", lengths.explained.text(3)))
        }
        let durations = validation.durations
        if !durations.isEmpty {
            let (median, late) = (durations[durations.count / 2], durations[durations.count * 99 / 100])
            line.append(
                ("estimate p50; p99", "\((median / .microseconds(1)).text(0)); \((late / .microseconds(1)).text(0)) µs")
            )
        }
        table.add(line)
        print(line.map { "\($0.column): \($0.text)" }.joined(separator: "\n  "))
    }

    private mutating func draw(_ report: PairReport, of name: String) {
        let title = "\(report.weak) to \(report.strong)"
        let (xName, yName) = ("share of calls of the strong model", "share of its lead recovered")
        if table.isEmpty {
            say(
                """
                \(report.weak) (\(report.means.weak.text(3))) -> \(report.strong) (\(report.means.strong.text(3))), \
                \(report.count) prompts: oracle's APGR \(report.oracle.area.text(3)), random 0.500
                """
            )
        }
        let baselines = [
            CurveChart.Curve(name: "random, from always weak to always strong", points: [(0, 0), (1, 1)]),
            CurveChart.Curve(name: "oracle", points: report.oracle.points),
        ]
        add(.init(name: name, points: report.curve.points), to: title, xName, yName, baselines)
    }

    private mutating func draw(_ report: PoolReport, of name: String) {
        func corners(_ points: [Frontier.Point]) -> [(x: Double, y: Double)] {
            Frontier(points).corners.map { ($0.cost, $0.quality) }
        }
        if table.isEmpty {
            say(
                """
                pool of \(report.models.count) models, \(report.count) prompts: AIQ of the zero router \
                \(report.zeroMeanQuality.text(3)), of the oracle \(report.oracleMeanQuality.text(3)); best single model \
                \(report.bestSingle.text(3))
                """
            )
        }
        let baselines = [
            CurveChart.Curve(name: "zero router: single models", points: corners(report.singles)),
            CurveChart.Curve(name: "oracle", points: corners(report.oracleSweep)),
        ]
        let curve = CurveChart.Curve(name: name, points: corners(report.sweep))
        add(curve, to: "Quality for money", "mean price of a prompt", "mean score", baselines)
    }

    // MARK: Feedback

    /// Measures the router called `name` along its way with feedback.
    mutating func add(_ curve: FeedbackCurve, of name: String) throws {
        for pair in pairs {
            let title = "\(pair.weak) to \(pair.strong), on tasks never trained on"
            try add(curve, of: name, title: title, yName: "APGR") { [seed] expected in
                try PairReport(curve.set, expected: expected, weak: pair.weak, strong: pair.strong, seed: seed)?.area
            }
        }
        if !prices.isEmpty {
            try add(curve, of: name, title: "Pool, on tasks never trained on", yName: "AIQ") {
                [prices, seed] expected in
                try PoolReport(curve.set, expected: expected, prices: prices, seed: seed)?.meanQuality
            }
        }
        try add(curve, of: name, title: "Brier score, on tasks never trained on", yName: "Brier") { expected in
            let brier = Calibration(expected: expected, curve.set).brier
            return Interval(value: brier, low: brier, high: brier)
        }
    }

    private mutating func add(
        _ curve: FeedbackCurve,
        of name: String,
        title: String,
        yName: String,
        _ figure: (Matrix) throws -> Interval?
    ) throws {
        let xName = "judged answers of each task"
        for suffix in ["corrected", "trained anew"] {
            var points: [(x: Double, y: Double)] = []
            for point in curve.points {
                guard let matrix = suffix == "corrected" ? point.corrected : point.refitted,
                    let value = try figure(matrix)
                else { continue }
                points.append((Double(point.rows), value.value))
                let interval = value.low < value.high ? value.text(3) : value.value.text(4)
                say("\(name), \(suffix), \(title): after \(point.rows) judged answers \(yName) \(interval)")
            }
            guard !points.isEmpty else { continue }
            add(.init(name: "\(name), \(suffix)", points: points), to: title, xName, yName, [])
        }
    }

    // MARK: The page

    /// Says how routers compare, in one table.
    mutating func finish() {
        guard table.cells.count > 1 else { return }
        for line in table.text { print(line) }
    }

    /// The page, self-contained.
    func html(title: String) -> String {
        let charts = charts.map {
            CurveChart(title: $0.title, xName: $0.xName, yName: $0.yName, curves: $0.routers + $0.baselines)
        }
        return ChartPage(
            title: title,
            charts: charts,
            table: ChartPage.Table(table),
            figures: figures
        ).text
    }

    /// Adds a router's curve to the chart called `title`, of which the first one brings the `baselines`.
    private mutating func add(
        _ curve: CurveChart.Curve,
        to title: String,
        _ xName: String,
        _ yName: String,
        _ baselines: [CurveChart.Curve]
    ) {
        if let place = charts.firstIndex(where: { $0.title == title }) {
            charts[place].routers.append(curve)
        } else {
            charts.append(Chart(title: title, xName: xName, yName: yName, routers: [curve], baselines: baselines))
        }
    }

    private mutating func say(_ words: String) {
        print(words)
        figures.append(words)
    }
}

extension Double {
    /// The number with so many decimals.
    func text(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}

extension Interval {
    /// The value and, in brackets, the interval.
    fileprivate func text(_ decimals: Int) -> String {
        "\(value.text(decimals)) [\(low.text(decimals)), \(high.text(decimals))]"
    }
}
