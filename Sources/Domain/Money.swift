/// An amount of US dollars, as an integer number of nanodollars (1e-9 USD).
///
/// Integers make sums exact: a ledger of a billion rows adds up to the last digit. The range is ±9.2 billion dollars.
public struct Money: Hashable, Comparable, Sendable {
    /// The amount, 1e-9 USD each.
    public var nanodollars: Int64

    /// No money at all.
    public static let zero = Money(nanodollars: 0)
    /// More than any budget or price: stands for "no limit" in comparisons.
    public static let max = Money(nanodollars: .max)

    /// An amount of `nanodollars`.
    public init(nanodollars: Int64) { self.nanodollars = nanodollars }

    /// The amount nearest to `dollars`; `nil` if that is not finite or beyond the range.
    public init?(dollars: Double) {
        let scaled = (dollars * 1e9).rounded()
        guard scaled.isFinite, abs(scaled) < 9.2e18 else { return nil }
        nanodollars = Int64(scaled)
    }

    /// The amount in dollars; ``init(dollars:)`` gives it back exactly up to 2^51 nanodollars (2.2 million dollars).
    public var dollars: Double { Double(nanodollars) / 1e9 }

    /// Whether `left` comes before `right`.
    public static func < (left: Money, right: Money) -> Bool { left.nanodollars < right.nanodollars }

    /// The sum, held at the range's end rather than trapping.
    public static func + (left: Money, right: Money) -> Money {
        let (sum, overflows) = left.nanodollars.addingReportingOverflow(right.nanodollars)
        guard overflows else { return Money(nanodollars: sum) }
        return Money(nanodollars: left.nanodollars > 0 ? .max : .min)
    }

    /// The difference, held at the range's end rather than trapping.
    public static func - (left: Money, right: Money) -> Money {
        let (difference, overflows) = left.nanodollars.subtractingReportingOverflow(right.nanodollars)
        guard overflows else { return Money(nanodollars: difference) }
        return Money(nanodollars: left.nanodollars < 0 ? .min : .max)
    }

    /// Adds `right`, held at the range's end.
    public static func += (left: inout Money, right: Money) { left = left + right }
    /// Subtracts `right`, held at the range's end.
    public static func -= (left: inout Money, right: Money) { left = left - right }
}

extension Money: CustomStringConvertible {
    /// Dollars with all nine decimals and no exponent, as headers and reports show it: `0.000012500`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(21)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the bytes of ``description``, without making a string of it.
    public func append(to bytes: inout [UInt8]) {
        let magnitude = nanodollars.magnitude
        bytes.append(addingCapacity: 21) { text in
            if nanodollars < 0 { text.append(UInt8(ascii: "-")) }
            // The first power of ten that is written: at least the dollars' ones.
            var power: UInt64 = 1_000_000_000
            while magnitude / power >= 10 { power *= 10 }
            while power > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude / power % 10))
                if power == 1_000_000_000 { text.append(UInt8(ascii: ".")) }
                power /= 10
            }
        }
    }
}
