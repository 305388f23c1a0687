/// What requests have taken of a budget, and what is held for those under way; also what answers came to in time.
///
/// Held at the range's ends: only absurd amounts reach them.
struct Taken: AdditiveArithmetic, Sendable {
    var spent: Int64 = 0
    var held: Int64 = 0

    static let zero = Taken()

    /// Both together.
    var total: Int64 { spent.addingClamped(held) }

    static func + (left: Taken, right: Taken) -> Taken {
        Taken(spent: left.spent.addingClamped(right.spent), held: left.held.addingClamped(right.held))
    }

    static func - (left: Taken, right: Taken) -> Taken {
        Taken(spent: left.spent.subtractingClamped(right.spent), held: left.held.subtractingClamped(right.held))
    }
}

extension Int64 {
    /// The sum, held to the range.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }

    /// The difference, held to the range.
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (other > 0 ? .min : .max) : difference
    }
}
