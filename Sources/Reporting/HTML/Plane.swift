/// Two axes with their grid, and where points lie on them; in the chart's own coordinates, which grow to the right and down.
struct Plane {
    let xName: String
    let yName: String
    let xScale: Scale
    let yScale: Scale
    let left = 70.0
    let top = 28.0
    let right: Double
    let bottom: Double

    /// Axes that leave `margin` free on the right; the grid is `height` high.
    init(x: (name: String, scale: Scale), y: (name: String, scale: Scale), height: Double, margin: Double) {
        (xName, xScale) = x
        (yName, yScale) = y
        right = Chart.width - margin
        bottom = top + height
    }

    func position(of point: (x: Double, y: Double)) -> (x: Double, y: Double) {
        (left + xScale.position(of: point.x) * (right - left), bottom - yScale.position(of: point.y) * (bottom - top))
    }

    func write(to markup: inout Markup) {
        Chart.text(&markup, yName, x: 4, y: 14)
        Chart.text(&markup, xName, x: right, y: bottom + 34, anchor: "end")
        for tick in yScale.ticks {
            let y = bottom - yScale.position(of: tick) * (bottom - top)
            Chart.line(&markup, from: (left, y), to: (right, y))
            Chart.text(&markup, yScale.label(of: tick), x: left - 6, y: y + 4, anchor: "end")
        }
        for tick in xScale.ticks {
            let x = left + xScale.position(of: tick) * (right - left)
            Chart.line(&markup, from: (x, top), to: (x, bottom))
            Chart.text(&markup, xScale.label(of: tick), x: x, y: bottom + 16, anchor: "middle")
        }
    }
}
