/// Lines over steps that are named and equally far apart, from 0 to 100 per cent.
struct LineChart {
    let id: String
    let title: String
    let unit: String
    /// The steps' names, from the left.
    let steps: [String]
    /// Each line's name, and a share for each step.
    let lines: [(name: String, shares: [Double])]

    func write(to markup: inout Markup) {
        let (left, top, plot) = (70.0, 14.0, 190.0)
        let bottom = top + plot
        let step = (Chart.width - left - 20) / Double(max(steps.count - 1, 1))
        let names = lines.map(\.name)
        let description = "The share of requests that took at most so long, a line for each of \(lines.count) names."
        let height = bottom + 48 + Chart.legendHeight(names)
        Chart.draw(&markup, id: id, title: title, description: description, height: height) { markup in
            for tick in [0, 25, 50, 75, 100] {
                let y = bottom - Double(tick) / 100 * plot
                Chart.line(&markup, from: (left, y), to: (Chart.width, y))
                Chart.text(&markup, "\(tick) %", x: left - 6, y: y + 4, anchor: "end")
            }
            for (index, name) in steps.enumerated() {
                Chart.text(&markup, name, x: left + step * Double(index), y: bottom + 16, anchor: "middle")
            }
            Chart.text(&markup, unit, x: Chart.width, y: bottom + 32, anchor: "end")
            for (index, line) in lines.enumerated() {
                let points = line.shares.enumerated().map { number, share in
                    "\((left + step * Double(number)).coordinate),\((bottom - share * plot).coordinate)"
                }
                let attributes: KeyValuePairs<StaticString, String> = [
                    "class": "line \(Chart.colour(index))", "points": points.joined(separator: " "),
                ]
                markup.element("polyline", attributes) { $0.element("title", words: line.name) }
            }
            Chart.legend(&markup, names, y: bottom + 46)
        }
    }
}
