/// What all drawings share: a size, colours by number, a legend.
///
/// Coordinates are those of the view box, 720 wide; the page scales the drawing.
enum Chart {
    static let width = 720.0
    /// Colours there are; what comes later in a drawing shares the last one.
    static let colours = 8

    /// The class of the `index`th colour.
    static func colour(_ index: Int) -> String { "c\(min(index, colours - 1))" }

    /// `name` cut to what fits a margin; nothing is a dash.
    static func label(_ name: String, count: Int = 22) -> String {
        name.isEmpty ? "-" : name.count <= count ? name : name.prefix(count - 1) + "…"
    }

    /// A drawing under its title, with what it shows in words for those who do not see it.
    static func draw(
        _ markup: inout Markup,
        id: String,
        title: String,
        description: String,
        height: Double,
        _ content: (inout Markup) -> Void
    ) {
        markup.element("figcaption", words: title)
        let attributes: KeyValuePairs<StaticString, String> = [
            "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(width.coordinate) \(height.coordinate)",
            "role": "img", "aria-labelledby": "\(id)-title \(id)-desc",
        ]
        markup.element("svg", attributes) { markup in
            markup.element("title", ["id": "\(id)-title"], words: title)
            markup.element("desc", ["id": "\(id)-desc"], words: description)
            content(&markup)
        }
    }

    static func text(
        _ markup: inout Markup,
        _ words: String,
        x: Double,
        y: Double,
        anchor: String = "start",
        of style: String = "label"
    ) {
        let attributes: KeyValuePairs<StaticString, String> = [
            "class": style, "x": x.coordinate, "y": y.coordinate, "text-anchor": anchor,
        ]
        markup.element("text", attributes, words: words)
    }

    static func line(_ markup: inout Markup, from: (x: Double, y: Double), to: (x: Double, y: Double)) {
        markup.empty(
            "line",
            [
                "class": "grid", "x1": from.x.coordinate, "y1": from.y.coordinate, "x2": to.x.coordinate,
                "y2": to.y.coordinate,
            ]
        )
    }

    /// A filled rectangle that says what it stands for where it is pointed at.
    static func bar(
        _ markup: inout Markup,
        x: Double,
        y: Double,
        width: Double,
        height: Double,
        colour: Int,
        says: String
    ) {
        let attributes: KeyValuePairs<StaticString, String> = [
            "class": Chart.colour(colour), "x": x.coordinate, "y": y.coordinate, "width": max(width, 0).coordinate,
            "height": max(height, 0).coordinate,
        ]
        markup.element("rect", attributes) { $0.element("title", words: says) }
    }

    /// Swatches with names in rows, from `y` on; ``legendHeight(_:)`` is how much room they take.
    static func legend(_ markup: inout Markup, _ names: [String], y: Double) {
        for (index, (name, place)) in zip(names, legendPlaces(names)).enumerated() {
            let (x, y) = (60 + Double(place.column) * legendColumn, y + Double(place.row) * 18)
            bar(&markup, x: x, y: y, width: 11, height: 11, colour: index, says: name)
            text(&markup, label(name, count: legendCount(place.span)), x: x + 16, y: y + 10)
        }
    }

    static func legendHeight(_ names: [String]) -> Double {
        Double((legendPlaces(names).last?.row ?? -1) + 1) * 18 + 6
    }

    private static let legendColumn = 165.0

    /// As many characters as are sure to fit so many columns.
    private static func legendCount(_ span: Int) -> Int { Int((Double(span) * legendColumn - 20) / 6.5) }

    /// Names from left to right, each over as many of the four columns as it needs, in as many rows as all need.
    private static func legendPlaces(_ names: [String]) -> [(row: Int, column: Int, span: Int)] {
        var (row, column) = (0, 0)
        return names.map { name in
            let span = (1..<4).first { name.count <= legendCount($0) } ?? 4
            if column + span > 4 { (row, column) = (row + 1, 0) }
            defer { column += span }
            return (row, column, span)
        }
    }
}
