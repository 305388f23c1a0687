import Planning
import Reporting

/// Experiments as a page of charts: what each plan does in the hours, and what that comes to.
struct PlanPage {
    let text: String

    /// Many plans make no page that anyone reads: the first few are drawn, all are in the table.
    private static let drawnMax = 4

    /// The page of plans side by side: tiers, machines, quality and carbon hour by hour.
    init(_ results: [PlanResult]) {
        var charts: [CurveChart] = []
        for result in results.prefix(Self.drawnMax) { charts += Self.charts(of: result) }
        let plans = results.prefix(Self.drawnMax).map { result in
            CurveChart.Curve(name: result.job, points: Self.cumulative(result.verification.hourlyGrams))
        }
        // Baselines are those of the first: others may be of other hours.
        let baselines = (results.first?.baselines ?? []).map { baseline in
            CurveChart.Curve(name: baseline.name, points: Self.cumulative(baseline.hourlyGrams))
        }
        charts.append(
            CurveChart(
                title: "Carbon from the first hour on",
                xName: "hour",
                yName: "kg CO2e",
                curves: plans + baselines
            )
        )
        text =
            ChartPage(title: "Plans", charts: charts, table: Self.table(results), figures: Self.remarks(results)).text
    }

    /// The page of targets: what each quality costs.
    init(exploring results: [PlanResult]) {
        let points = results.map { (x: $0.plan.target, y: $0.verification.grams / 1000) }.sorted { $0.x < $1.x }
        let chart = CurveChart(
            title: "What a quality of responses costs",
            xName: "quality of responses",
            yName: "kg CO2e",
            curves: [CurveChart.Curve(name: "cheapest plan found", points: points)]
        )
        text =
            ChartPage(
                title: "Targets of quality",
                charts: [chart],
                table: Self.table(results),
                figures: PlanTable(results).table.notes
            )
            .text
    }

    private static func charts(of result: PlanResult) -> [CurveChart] {
        let plan = result.plan
        let peak = max(result.intensity.max() ?? 0, 1e-9)
        let busiest = max(result.demand.max() ?? 0, 1e-9)
        let tiers = result.tiers.indices.map { tier in
            CurveChart.Curve(
                name: result.tiers[tier],
                points: hourly(plan) { served(plan, $0, tier) / max(result.demand[$0], 1e-9) }
            )
        }
        let courses = [
            CurveChart.Curve(name: "intensity, of its peak", points: hourly(plan) { result.intensity[$0] / peak }),
            CurveChart.Curve(name: "demand, of its peak", points: hourly(plan) { result.demand[$0] / busiest }),
        ]
        let machines = result.machineTypes.indices.map { type in
            CurveChart.Curve(
                name: result.machineTypes[type],
                points: hourly(plan) { hour in
                    (0..<plan.tierCount).reduce(0) { $0 + plan.machines(hour: hour, tier: $1, type: type) }
                }
            )
        }
        let quality = CurveChart.Curve(
            name: "worst group",
            points: result.verification.windowQualities.enumerated().map { (Double($0.offset), $0.element) }
        )
        var charts = [
            CurveChart(
                title: "\(result.job): tiers",
                xName: "hour",
                yName: "share of requests",
                areas: tiers,
                curves: courses
            ),
            CurveChart(
                title: "\(result.job): quality of responses by window",
                xName: "first hour of the window",
                yName: "quality",
                curves: [quality]
            ),
        ]
        if !machines.isEmpty {
            charts.append(
                CurveChart(title: "\(result.job): machines", xName: "hour", yName: "machines", curves: machines)
            )
        }
        return charts
    }

    private static func hourly(_ plan: Plan, _ value: (Int) -> Double) -> [(x: Double, y: Double)] {
        (0..<plan.hourCount).map { (Double($0), value($0)) }
    }

    private static func served(_ plan: Plan, _ hour: Int, _ tier: Int) -> Double {
        (0..<plan.groupCount).reduce(0) { $0 + plan.served(hour: hour, group: $1, tier: tier) }
    }

    /// The sums of grams up to each hour, in kg.
    private static func cumulative(_ hourlyGrams: [Double]) -> [(x: Double, y: Double)] {
        var sum = 0.0
        return hourlyGrams.enumerated().map { hour, grams in
            sum += grams / 1000
            return (Double(hour), sum)
        }
    }

    private static func table(_ results: [PlanResult]) -> ChartPage.Table {
        let table = PlanTable(results).table
        return ChartPage.Table(
            header: table.header,
            lines: table.lines.map { line in
                line.map { cell in
                    switch cell {
                    case .text(let text), .number(let text): text
                    case .none: "-"
                    }
                }
            }
        )
    }

    private static func remarks(_ results: [PlanResult]) -> [String] {
        let drawn = results.count > drawnMax ? ["Charts are of the first \(drawnMax) plans."] : []
        return PlanTable(results).table.notes + drawn
    }
}
