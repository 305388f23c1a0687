/// An amount of energy, as an integer number of microjoules.
///
/// Integers make sums exact, as with ``Money``. The range is ±2.5 GWh.
public struct Energy: Hashable, Comparable, Sendable {
    /// The amount, a millionth of a joule each.
    public var microjoules: Int64

    /// No energy at all.
    public static let zero = Energy(microjoules: 0)
    /// More than any estimate or budget: stands for "no limit" in comparisons.
    public static let max = Energy(microjoules: .max)

    /// An amount of `microjoules`.
    public init(microjoules: Int64) { self.microjoules = microjoules }

    /// The amount nearest to `joules`; `nil` if that is not finite or beyond the range.
    public init?(joules: Double) {
        let scaled = (joules * 1e6).rounded()
        guard scaled.isFinite, abs(scaled) < 9.2e18 else { return nil }
        microjoules = Int64(scaled)
    }

    /// The amount in joules.
    public var joules: Double { Double(microjoules) / 1e6 }

    /// Whether the left amount is the smaller one.
    public static func < (left: Energy, right: Energy) -> Bool { left.microjoules < right.microjoules }

    /// The sum, held at the range's end rather than trapping.
    public static func + (left: Energy, right: Energy) -> Energy {
        let (sum, overflows) = left.microjoules.addingReportingOverflow(right.microjoules)
        guard overflows else { return Energy(microjoules: sum) }
        return Energy(microjoules: left.microjoules > 0 ? .max : .min)
    }

    /// Adds as ``+(_:_:)`` does.
    public static func += (left: inout Energy, right: Energy) { left = left + right }
}
