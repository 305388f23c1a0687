/// Points over two axes, each with its name beside it; circles for what was done, squares for what might have been.
struct ScatterChart {
    /// One point.
    struct Point {
        let name: String
        let x: Double
        let y: Double
        /// Whether it was done.
        let isReal: Bool
    }

    let id: String
    let title: String
    let xName: String
    let yName: String
    let points: [Point]

    func write(to markup: inout Markup) {
        let lowest = points.map(\.y).min() ?? 0
        let highest = points.map(\.y).max() ?? 1
        let yScale = Scale(from: max(lowest - 0.02, 0), to: min(highest + 0.02, 1))
        let xScale = Scale(to: points.map(\.x).max() ?? 0)
        let plane = Plane(x: (xName, xScale), y: (yName, yScale), height: 230, margin: 130)
        let words = points.map { "\(Chart.label($0.name)): \($0.x.short), \($0.y.short)" }.joined(separator: "; ")
        Chart.draw(&markup, id: id, title: title, description: words, height: plane.bottom + 42) { markup in
            plane.write(to: &markup)
            var labels: [(x: Double, y: Double)] = []
            for point in points {
                let (x, y) = plane.position(of: (point.x, point.y))
                mark(&markup, point, x: x, y: y)
                // Up and down by turns until it covers no other; a label is some 130 wide and 13 high.
                var label = (x: x + 9, y: y + 4)
                for turn in 1...20 where Self.isCovered(label, by: labels) || label.y > plane.bottom {
                    label.y = y + 4 + Double(turn / 2 * (turn.isMultiple(of: 2) ? -13 : 13))
                }
                labels.append(label)
                Chart.text(&markup, Chart.label(point.name), x: label.x, y: label.y)
            }
        }
    }

    private static func isCovered(_ label: (x: Double, y: Double), by others: [(x: Double, y: Double)]) -> Bool {
        others.contains { abs($0.x - label.x) < 130 && abs($0.y - label.y) < 12.5 }
    }

    private func mark(_ markup: inout Markup, _ point: Point, x: Double, y: Double) {
        let says = "\(point.name): \(xName) \(point.x.short), \(yName) \(point.y.short)"
        if point.isReal {
            let attributes: KeyValuePairs<StaticString, String> = [
                "class": Chart.colour(0), "cx": x.coordinate, "cy": y.coordinate, "r": "5",
            ]
            markup.element("circle", attributes) { $0.element("title", words: says) }
        } else {
            Chart.bar(&markup, x: x - 5, y: y - 5, width: 10, height: 10, colour: 1, says: says)
        }
    }
}
