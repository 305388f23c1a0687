/// Points over two axes, each with its name beside it; circles for what was done, squares for what might have been.
public struct ScatterChart: Sendable {
    /// One point.
    public struct Point: Sendable {
        let name: String
        let x: Double
        let y: Double
        /// Whether it was done.
        let isReal: Bool

        /// The point called `name`: a circle if it `isReal`, else a square.
        public init(name: String, x: Double, y: Double, isReal: Bool) {
            (self.name, self.x, self.y, self.isReal) = (name, x, y, isReal)
        }
    }

    let id: String
    let title: String
    let xName: String
    let yName: String
    let points: [Point]
    /// Corners of a line to compare with, from the left.
    let frontier: [(x: Double, y: Double)]

    /// A chart with its axes' names.
    ///
    /// - Parameters:
    ///   - id: Its own on the page.
    ///   - title: What stands above it.
    ///   - xName: The axis to the right, from 0.
    ///   - yName: The axis upwards, 0 to 1.
    ///   - points: One or more.
    ///   - frontier: Corners of a line to compare with, from the left; none by default.
    public init(
        id: String,
        title: String,
        xName: String,
        yName: String,
        points: [Point],
        frontier: [(x: Double, y: Double)] = []
    ) {
        (self.id, self.title, self.xName, self.yName) = (id, title, xName, yName)
        (self.points, self.frontier) = (points, frontier)
    }

    func write(to markup: inout Markup) {
        let lowest = points.map(\.y).min() ?? 0
        let highest = points.map(\.y).max() ?? 1
        let yScale = Scale(from: max(lowest - 0.02, 0), to: min(highest + 0.02, 1))
        let xScale = Scale(to: points.map(\.x).max() ?? 0)
        let plane = Plane(x: (xName, xScale), y: (yName, yScale), height: 230, margin: 130)
        let words = points.map { "\(Chart.label($0.name)): \($0.x.short), \($0.y.short)" }.joined(separator: "; ")
        Chart.draw(&markup, id: id, title: title, description: words, height: plane.bottom + 42) { markup in
            plane.write(to: &markup)
            if !frontier.isEmpty {
                let corners = frontier.map(plane.position).map { "\($0.x.coordinate),\($0.y.coordinate)" }
                markup.element(
                    "polyline",
                    ["class": "line \(Chart.colour(1))", "points": corners.joined(separator: " ")]
                ) { _ in }
            }
            let marks = points.map { plane.position(of: ($0.x, $0.y)) }
            var labels: [(x: Double, y: Double)] = []
            for point in points {
                let (x, y) = plane.position(of: (point.x, point.y))
                mark(&markup, point, x: x, y: y)
                // Up and down by turns until it covers no other; a label is some 130 wide and 13 high.
                var label = (x: x + 9, y: y + 4)
                for turn in 1...20
                where Self.isCovered(label, by: labels) || label.y > plane.bottom
                    || Self.covers(label, Chart.label(point.name), anyOf: marks)
                {
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

    /// Whether a label would lie over a mark; its letters are some 7 wide, and its line of writing is 4 below its middle.
    private static func covers(
        _ label: (x: Double, y: Double),
        _ name: String,
        anyOf marks: [(x: Double, y: Double)]
    ) -> Bool {
        marks.contains { mark in
            mark.x > label.x - 6 && mark.x < label.x + 7 * Double(name.count) && abs(mark.y - label.y + 4) < 11
        }
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
