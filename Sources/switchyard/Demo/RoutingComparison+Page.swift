import Learning
import Reporting

extension RoutingComparison {
    /// The comparison as a page: quality over dollars and over grams, beside the frontier of single models.
    var html: String {
        let table = ChartPage.Table(
            header: ["way", "quality", "±", "dollars", "g CO2e", "failed"],
            lines: sums.map { sum in
                [
                    sum.way.name, sum.quality.text(3), sum.margin.text(3), sum.dollars.text(4), sum.grams.text(3),
                    "\(sum.failures)",
                ]
            }
        )
        let charts = [
            chart("dollars", "What quality costs", "dollars", \.dollars),
            chart("grams", "What quality emits", "g CO2e", \.grams),
        ]
        return ChartPage(
            title: "What routing is worth, on \(prompts) prompts",
            points: charts,
            table: table,
            figures: notes + verdicts
        ).text
    }

    private var notes: [String] {
        let how = [
            "Quality is the recorded score of the model that answered, 0 where none did; ± is half the interval of 95 per cent.",
            "Circles choose a model for each prompt, squares always take the same one; the line is the best that mixing single "
                + "models by chance can do, known in hindsight.",
        ]
        guard isSimulated else { return how }
        return ["Simulated: backends made lengths, costs, emissions and times up, and no model was called."] + how
    }

    private func chart(
        _ id: String,
        _ title: String,
        _ name: String,
        _ amount: (RoutingSum) -> Double
    ) -> ScatterChart {
        let singles = sums.filter { $0.way.single != nil }
            .map { Frontier.Point(cost: amount($0), quality: $0.quality) }
        return ScatterChart(
            id: id,
            title: title + (isSimulated ? " (simulated)" : ""),
            xName: name,
            yName: "mean score",
            points: sums.map { sum in
                let name = sum.way.single ?? sum.way.name
                return ScatterChart.Point(name: name, x: amount(sum), y: sum.quality, isReal: sum.way.single == nil)
            },
            frontier: Frontier(singles).corners.map { ($0.cost, $0.quality) }
        )
    }
}
