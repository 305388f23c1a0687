/// Lines over two axes, each through points of its own: what different ways give for what they cost.
///
/// Areas lie below them, each on top of the one before: parts of a whole.
public struct CurveChart: Sendable {
    /// A line with its name.
    public struct Curve: Sendable {
        /// What the legend calls it.
        public let name: String
        /// Its points from the left.
        public let points: [(x: Double, y: Double)]

        /// The line called `name` through `points`; a single point is a line too short to see.
        public init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    let title: String
    let xName: String
    let yName: String
    /// The parts of a whole, from the lowest, as heights of their own; all at the same places.
    let areas: [Curve]
    let curves: [Curve]

    /// A chart with its axes' names.
    ///
    /// - Parameters:
    ///   - title: What it shows.
    ///   - xName: The horizontal axis.
    ///   - yName: The vertical one.
    ///   - areas: Parts of a whole, from the lowest, each with a height of its own at the same places as the others.
    ///   - curves: Lines.
    public init(title: String, xName: String, yName: String, areas: [Curve] = [], curves: [Curve]) {
        self.title = title
        self.xName = xName
        self.yName = yName
        self.areas = areas
        self.curves = curves
    }

    func write(to markup: inout Markup, id: String) {
        let edges = self.edges
        let points = curves.flatMap(\.points) + (edges.first ?? []) + (edges.last ?? [])
        let xScale = Scale(from: points.map(\.x).min() ?? 0, to: points.map(\.x).max() ?? 1)
        let yScale = Scale(from: points.map(\.y).min() ?? 0, to: points.map(\.y).max() ?? 1)
        let plane = Plane(x: (xName, xScale), y: (yName, yScale), height: 260, margin: 20)
        let names = (areas + curves).map(\.name)
        let height = plane.bottom + 46 + Chart.legendHeight(names)
        let stack = areas.isEmpty ? "" : "stacked areas of: \(areas.map(\.name).joined(separator: ", ")); "
        let words = "\(yName) over \(xName), \(stack)a line for each of: \(curves.map(\.name).joined(separator: ", "))."
        Chart.draw(&markup, id: id, title: title, description: words, height: height) { markup in
            plane.write(to: &markup)
            for (index, area) in areas.enumerated() {
                let attributes: KeyValuePairs<StaticString, String> = [
                    "class": "area \(Chart.colour(index))",
                    "points": plane.corners(edges[index] + edges[index + 1].reversed()),
                ]
                markup.element("polygon", attributes) { $0.element("title", words: area.name) }
            }
            for (index, curve) in curves.enumerated() {
                let attributes: KeyValuePairs<StaticString, String> = [
                    "class": "line \(Chart.colour(areas.count + index))", "points": plane.corners(curve.points),
                ]
                markup.element("polyline", attributes) { $0.element("title", words: curve.name) }
            }
            Chart.legend(&markup, names, y: plane.bottom + 44)
        }
    }

    /// The lines between areas, from the axis to the top of the stack; none where there is no area.
    private var edges: [[(x: Double, y: Double)]] {
        guard let first = areas.first else { return [] }
        var edges = [first.points.map { (x: $0.x, y: 0.0) }]
        for area in areas {
            edges.append(zip(edges[edges.count - 1], area.points).map { (x: $0.x, y: $0.y + $1.y) })
        }
        return edges
    }
}

/// A page of charts with the figures that they were drawn from: self-contained, well-formed XML.
public struct ChartPage: Sendable {
    /// The page.
    public let text: String

    /// Figures side by side: a line for each of what is compared.
    public struct Table: Sendable {
        let header: [String]
        let lines: [[String]]

        /// A table of cells as they are to be seen.
        public init(header: [String], lines: [[String]]) {
            (self.header, self.lines) = (header, lines)
        }
    }

    /// A page with a title, a table, charts of points and of lines, and lines of figures and remarks below them.
    public init(
        title: String,
        points: [ScatterChart] = [],
        charts: [CurveChart] = [],
        table: Table? = nil,
        figures: [String]
    ) {
        var markup = Markup()
        markup.raw("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head>")
        markup.raw("<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/>")
        markup.element("title", words: title)
        markup.raw("<style>")
        markup.raw(StyleSheet.text)
        markup.raw("</style></head><body><main>")
        markup.element("h1", words: title)
        if let table {
            markup.element("div", ["class": "wide"]) { markup in
                markup.element("table") { markup in
                    markup.element("thead") { $0.row(table.header, of: "th") }
                    markup.element("tbody") { markup in for line in table.lines { markup.row(line, of: "td") } }
                }
            }
        }
        for chart in points { markup.element("figure") { chart.write(to: &$0) } }
        for (index, chart) in charts.enumerated() {
            markup.element("figure") { chart.write(to: &$0, id: "chart-\(index)") }
        }
        markup.element("ul", ["class": "notes"]) { markup in
            for figure in figures { markup.element("li", words: figure) }
        }
        markup.raw("</main></body></html>\n")
        text = markup.text
    }
}

extension Markup {
    fileprivate mutating func row(_ cells: [String], of kind: StaticString) {
        element("tr") { markup in for cell in cells { markup.element(kind, words: cell) } }
    }
}

extension Plane {
    /// Points as an attribute has them.
    fileprivate func corners(_ points: [(x: Double, y: Double)]) -> String {
        points.map { point in
            let corner = position(of: point)
            return "\(corner.x.coordinate),\(corner.y.coordinate)"
        }
        .joined(separator: " ")
    }
}
