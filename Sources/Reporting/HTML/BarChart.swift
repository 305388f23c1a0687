/// Bars from the left, one below the other, each with its name before and its value behind, or stacked from series.
struct BarChart {
    /// One bar: a value for each series.
    struct Bar {
        let name: String
        let values: [Double]
        /// What stands behind the bar.
        let says: String
    }

    let id: String
    let title: String
    let unit: String
    /// The series' names; a single one needs no legend.
    let series: [String]
    let bars: [Bar]

    func write(to markup: inout Markup) {
        let (left, right, row) = (175.0, 80.0, 26.0)
        let longest = bars.map { $0.values.reduce(0, +) }.max() ?? 0
        let scale = Scale(to: longest)
        let plot = Chart.width - left - right
        let bottom = 8 + row * Double(bars.count)
        let legend = series.count > 1 ? Chart.legendHeight(series) : 0
        let words = bars.map { "\(Chart.label($0.name)) \($0.says)" }.joined(separator: "; ")
        Chart.draw(&markup, id: id, title: title, description: words, height: bottom + 26 + legend) { markup in
            for tick in scale.ticks {
                let x = left + scale.position(of: tick) * plot
                Chart.line(&markup, from: (x, 4), to: (x, bottom))
                Chart.text(&markup, scale.label(of: tick), x: x, y: bottom + 14, anchor: "middle")
            }
            Chart.text(&markup, unit, x: Chart.width, y: bottom + 14, anchor: "end")
            for (index, bar) in bars.enumerated() {
                let y = 8 + row * Double(index)
                Chart.text(&markup, Chart.label(bar.name), x: left - 8, y: y + 14, anchor: "end")
                var before = 0.0
                for (number, value) in bar.values.enumerated() where value > 0 {
                    let (start, end) = (scale.position(of: before), scale.position(of: before + value))
                    let says = series.count > 1 ? "\(bar.name), \(series[number]): \(value.short) \(unit)" : bar.says
                    Chart.bar(
                        &markup,
                        x: left + start * plot,
                        y: y + 2,
                        width: (end - start) * plot,
                        height: 17,
                        colour: number,
                        says: says
                    )
                    before += value
                }
                Chart.text(&markup, bar.says, x: left + scale.position(of: before) * plot + 6, y: y + 15)
            }
            if series.count > 1 { Chart.legend(&markup, series, y: bottom + 26) }
        }
    }
}
