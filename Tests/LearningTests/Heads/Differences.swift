import Domain
import Neural
import Testing

extension SeededGenerator {
    mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        .normal(rows: rows, columns: columns, deviation: 1, using: &self)
    }
}

func dot(_ left: Matrix, _ right: Matrix) -> Double {
    zip(left.values, right.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

func expectNear(_ found: Matrix, _ wanted: Matrix, _ what: String = "", within tolerance: Float) {
    #expect(found.hasShape(of: wanted), "\(what)")
    let worst = zip(found.values, wanted.values).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(worst <= tolerance, "\(what) is off by \(worst)")
}

/// A gradient is what the loss does when each value, or each of `places`, is moved up and down.
///
/// By one and two steps of 1/64, so that third derivatives don't count.
func expectDerivative(
    _ found: Matrix,
    of value: Matrix,
    _ what: String,
    places: [Int]? = nil,
    _ loss: (Matrix) -> Double
) {
    let step: Float = 0x1p-6
    for index in places ?? Array(value.values.indices) {
        func moved(_ steps: Float) -> Double {
            var moved = value
            moved.values[index] += steps * step
            return loss(moved)
        }
        let difference = 8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))
        let wanted = Float(difference / Double(12 * step))
        let error = abs(found.values[index] - wanted) / max(1, abs(wanted))
        // Fifth derivatives and single precision leave this much.
        #expect(error <= 6e-3, "\(what)[\(index)] is \(found.values[index]), not \(wanted)")
    }
}
