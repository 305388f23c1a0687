/// Columns along an axis of time, each stacked from the same series.
struct ColumnChart {
    let id: String
    let title: String
    let unit: String
    /// The names of the columns, from the left.
    let columns: [String]
    /// The names of the series, from the bottom.
    let series: [String]
    /// A value for each series of each column.
    let values: [[Double]]

    func write(to markup: inout Markup) {
        let (left, top, plot) = (70.0, 24.0, 190.0)
        let sums = values.map { $0.reduce(0, +) }
        let scale = Scale(to: sums.max() ?? 0)
        let bottom = top + plot
        let legendTop = bottom + 30
        let total = sums.reduce(0, +)
        let description = "\(total.short) \(unit) over \(columns.count) columns, stacked by \(series.count) names."
        let height = legendTop + Chart.legendHeight(series)
        Chart.draw(&markup, id: id, title: title, description: description, height: height) { markup in
            Chart.text(&markup, unit, x: 4, y: 14)
            for tick in scale.ticks {
                let y = bottom - scale.position(of: tick) * plot
                Chart.line(&markup, from: (left, y), to: (Chart.width, y))
                Chart.text(&markup, scale.label(of: tick), x: left - 6, y: y + 4, anchor: "end")
            }
            let step = (Chart.width - left) / Double(max(columns.count, 1))
            for (index, name) in columns.enumerated() {
                let x = left + step * Double(index) + step * 0.1
                stack(&markup, index, x: x, width: min(step * 0.8, 60), bottom: bottom) {
                    (scale.position(of: $0)) * plot
                }
                // As many names as have room.
                if index.isMultiple(of: (columns.count + 7) / 8) {
                    let isLast = x > Chart.width - 70
                    let (end, anchor) = isLast ? (Chart.width, "end") : (x, "start")
                    Chart.text(&markup, Chart.label(name, count: 14), x: end, y: bottom + 16, anchor: anchor)
                }
            }
            Chart.legend(&markup, series, y: legendTop)
        }
    }

    private func stack(
        _ markup: inout Markup,
        _ column: Int,
        x: Double,
        width: Double,
        bottom: Double,
        height: (Double) -> Double
    ) {
        var below = 0.0
        for (index, value) in values[column].enumerated() where value > 0 {
            let (low, high) = (height(below), height(below + value))
            let says = "\(columns[column]), \(Chart.label(series[index])): \(value.short) \(unit)"
            Chart.bar(
                &markup,
                x: x,
                y: bottom - high,
                width: width,
                height: high - low,
                colour: index,
                says: says
            )
            below += value
        }
    }
}
