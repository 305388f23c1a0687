import Reporting
import Testing

@Suite struct ChartPageTests {
    /// Each line has a point for each of its points, names are escaped, and the page loads nothing from elsewhere.
    @Test func drawsEachCurve() {
        let chart = CurveChart(
            title: "Quality <for> money",
            xName: "price",
            yName: "score",
            curves: [
                .init(name: "stack & co", points: [(0, 0.2), (1, 0.5), (2, 0.6)]), .init(name: "none", points: []),
            ]
        )
        let page = ChartPage(title: "Page", charts: [chart], figures: ["AIQ 0.5 < 0.6"]).text
        #expect(page.contains("Quality &lt;for&gt; money") && page.contains("stack &amp; co"))
        #expect(page.contains("AIQ 0.5 &lt; 0.6"))
        #expect(page.split(separator: "<polyline").count == 3)
        let line = page.split(separator: "points=\"").dropFirst().first ?? ""
        #expect(line.prefix { $0 != "\"" }.split(separator: " ").count == 3)
        #expect(!page.contains("src=") && !page.contains("href="))
    }

    /// A long name takes the room of several in the legend, and the next row where there is none, instead of being cut.
    @Test func legendsHaveRoomForLongNames() throws {
        let long = "random, from always weak to always strong"
        let names = ["stack", long, "oracle", "neighbours", String(repeating: "m", count: 200)]
        let curves = names.map { CurveChart.Curve(name: $0, points: [(0, 0), (1, 1)]) }
        let chart = CurveChart(title: "t", xName: "x", yName: "y", curves: curves)
        let page = ChartPage(title: "Page", charts: [chart], figures: []).text
        let places = try names.map { name in
            let label = name.count > 98 ? "\(name.prefix(97))…" : name
            let element = try #require(page.split(separator: "<text ").last { $0.contains(">\(label)<") })
            return try ["x", "y"].map { attribute in
                let value = element.split(separator: " \(attribute)=\"").dropFirst().first?.prefix { $0 != "\"" }
                return try #require(value.flatMap { Double($0) })
            }
        }
        #expect(places.map { $0[0] } == [76, 241, 571, 76, 76])
        #expect(places.map { $0[1] - places[0][1] } == [0, 0, 0, 18, 36])
    }

    /// Areas lie on each other: the second begins where the first ends, and lines come above both.
    @Test func stacksAreas() throws {
        let chart = CurveChart(
            title: "Shares",
            xName: "hour",
            yName: "share",
            areas: [.init(name: "low", points: [(0, 1), (1, 3)]), .init(name: "high", points: [(0, 3), (1, 1)])],
            curves: [.init(name: "demand", points: [(0, 2), (1, 4)])]
        )
        let page = ChartPage(title: "Page", charts: [chart], figures: []).text
        let shapes = page.split(separator: "<polygon").dropFirst().map { shape in
            let points = shape.split(separator: "points=\"").dropFirst().first ?? ""
            return points.prefix { $0 != "\"" }.split(separator: " ")
        }
        try #require(shapes.map(\.count) == [4, 4])
        // From left to right below, back above: the first one's upper edge is the second one's lower edge.
        #expect(Array(shapes[0].suffix(2).reversed()) == Array(shapes[1].prefix(2)))
        let heights = shapes[1].suffix(2).compactMap { $0.split(separator: ",").last }
        #expect(heights[0] == heights[1], "the whole is as high everywhere")
        #expect(page.contains("stacked areas of: low, high; a line for each of: demand."))
        let after = page.split(separator: "<polygon").last ?? ""
        #expect(after.contains("class=\"line c2\""))
    }

    /// Labels lie neither over each other nor over another point, however near points are.
    @Test func labelsLeavePointsFree() throws {
        let points = [(0.047, 0.789), (0.066, 0.806), (0.058, 0.785), (0.079, 0.802), (0.33, 0.95)].enumerated()
            .map { ScatterChart.Point(name: "strategy, \($0)", x: $1.0, y: $1.1, isReal: true) }
        let chart = ScatterChart(id: "a", title: "t", xName: "x", yName: "y", points: points)
        let page = ChartPage(title: "Page", points: [chart], figures: []).text
        func numbers(_ element: Substring, _ names: [String]) throws -> [Double] {
            try names.map { name in
                let value = element.split(separator: " \(name)=\"").dropFirst().first?.prefix { $0 != "\"" }
                return try #require(value.flatMap { Double($0) })
            }
        }
        let marks = try page.split(separator: "<circle").dropFirst().map { try numbers($0, ["cx", "cy"]) }
        let labels = try points.indices.map { index in
            let element = page.split(separator: "<text ").first { $0.contains(">strategy, \(index)<") }
            return try numbers(#require(element), ["x", "y"])
        }
        try #require(marks.count == 5)
        for (index, label) in labels.enumerated() {
            for mark in marks {
                // A mark's radius is 5, ten letters are some 70 wide and 9 high.
                let isBeside = mark[0] < label[0] - 5 || mark[0] > label[0] + 75
                #expect(isBeside || mark[1] < label[1] - 14 || mark[1] > label[1] + 5, "\(index): \(label), \(mark)")
            }
        }
    }

    /// Points stand where they belong beside the frontier: a circle for what was done, a square for what might have been.
    @Test func drawsPointsBesideAFrontier() {
        let points = [
            ScatterChart.Point(name: "routed", x: 1, y: 0.6, isReal: true),
            ScatterChart.Point(name: "always <dear>", x: 4, y: 0.7, isReal: false),
        ]
        let frontier = [(x: 0.5, y: 0.5), (x: 4, y: 0.7)]
        let chart = ScatterChart(
            id: "a",
            title: "Worth",
            xName: "dollars",
            yName: "score",
            points: points,
            frontier: frontier
        )
        let page = ChartPage(title: "Page", points: [chart], figures: []).text
        #expect(page.split(separator: "<circle").count == 2 && page.contains("always &lt;dear&gt;"))
        #expect(page.split(separator: "<polyline").count == 2)
        let bare = ScatterChart(id: "a", title: "Worth", xName: "dollars", yName: "score", points: points)
        #expect(!ChartPage(title: "Page", points: [bare], figures: []).text.contains("<polyline"))
    }
}
