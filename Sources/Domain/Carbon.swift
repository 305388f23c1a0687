/// A mass of greenhouse gas, as an integer number of micrograms of CO2 equivalent.
///
/// Integers make sums exact, as with ``Money``. The range is ±9.2 million tonnes.
public struct Carbon: Hashable, Comparable, Sendable {
    /// The mass, a millionth of a gram each.
    public var micrograms: Int64

    /// Nothing emitted.
    public static let zero = Carbon(micrograms: 0)
    /// More than any estimate or budget: stands for "no limit" in comparisons.
    public static let max = Carbon(micrograms: .max)

    /// A mass of `micrograms`.
    public init(micrograms: Int64) { self.micrograms = micrograms }

    /// The mass nearest to `grams`; `nil` if that is not finite or beyond the range.
    public init?(grams: Double) {
        let scaled = (grams * 1e6).rounded()
        guard scaled.isFinite, abs(scaled) < 9.2e18 else { return nil }
        micrograms = Int64(scaled)
    }

    /// The mass in grams; ``init(grams:)`` gives it back exactly up to 2^51 micrograms (2,200 tonnes).
    public var grams: Double { Double(micrograms) / 1e6 }

    /// Whether the left mass is the smaller one.
    public static func < (left: Carbon, right: Carbon) -> Bool { left.micrograms < right.micrograms }

    /// The sum, held at the range's end rather than trapping.
    public static func + (left: Carbon, right: Carbon) -> Carbon {
        let (sum, overflows) = left.micrograms.addingReportingOverflow(right.micrograms)
        guard overflows else { return Carbon(micrograms: sum) }
        return Carbon(micrograms: left.micrograms > 0 ? .max : .min)
    }

    /// Appends grams with six decimals and no exponent, as headers show them: `0.000125`.
    public func appendGrams(to bytes: inout [UInt8]) {
        let digits = String(micrograms.magnitude)
        let whole = digits.utf8.count > 6 ? String(digits.dropLast(6)) : "0"
        let decimals = String(repeating: "0", count: Swift.max(6 - digits.utf8.count, 0)) + digits.suffix(6)
        if micrograms < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes += "\(whole).\(decimals)".utf8
    }

    /// Adds as ``+(_:_:)`` does.
    public static func += (left: inout Carbon, right: Carbon) { left = left + right }
}
