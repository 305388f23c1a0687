/// An axis from zero, or from where it is told, to a round number, with a handful of ticks at round numbers.
struct Scale {
    let ticks: [Double]
    private let places: Int

    /// An axis that takes in `lowest` and `highest`.
    init(from lowest: Double = 0, to highest: Double) {
        let span = max(highest - lowest, 1e-12)
        var step = 1e-12
        var places = 12
        // 1, 2, 5, 10, … until five steps are enough; beyond 10^18 nothing here goes.
        let factors = [2.0, 2.5, 2.0]
        var index = 0
        while step * 5 < span, index < 90 {
            step *= factors[index % 3]
            index += 1
            if index % 3 == 0, places > 0 { places -= 1 }
        }
        self.places = places
        let first = (lowest / step).rounded(.down)
        // A sum of shares may pass its hundred per cent by a rounding error, which is worth no step.
        let last = max((highest / step - 1e-9).rounded(.up), first + 1)
        ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    }

    /// Where `value` lies, 0 at the first tick and 1 at the last.
    func position(of value: Double) -> Double {
        guard let first = ticks.first, let last = ticks.last else { return 0 }
        return min(max((value - first) / (last - first), 0), 1)
    }

    /// A tick's label: as many decimals as the step needs.
    func label(of tick: Double) -> String { ReportTable.Cell(tick, places: places).shown }
}

extension Double {
    /// Three significant digits or so, without an exponent, for a chart's labels.
    var short: String {
        var places = 2
        var bound = 1.0
        while magnitude > 0, magnitude < bound, places < 9 {
            bound /= 10
            places += 1
        }
        return ReportTable.Cell(self, places: magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : places).shown
    }

    /// A coordinate of a drawing, to a tenth.
    var coordinate: String { ReportTable.Cell(self, places: 1).value }

    /// A share as per cent.
    var percent: String { "\((self * 100).short) %" }
}
