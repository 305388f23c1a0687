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
}
