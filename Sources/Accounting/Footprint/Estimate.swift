public import Domain

/// What can be added up.
public protocol Summable: Hashable, Sendable {
    /// Both together.
    static func + (left: Self, right: Self) -> Self
}

extension Double: Summable {}

/// An amount as an interval, and how well it is known.
public struct Estimate<Amount: Summable>: Hashable, Sendable {
    /// The lower end.
    public let low: Amount
    /// The single figure to compare and to report.
    public let central: Amount
    /// The upper end.
    public let high: Amount
    /// Where the weakest of the figures behind it comes from.
    public let provenance: Provenance

    /// An estimate of three figures.
    @inlinable
    public init(low: Amount, central: Amount, high: Amount, provenance: Provenance) {
        self.low = low
        self.central = central
        self.high = high
        self.provenance = provenance
    }

    /// Both together: the ends are added, since estimates by one model err in the same direction.
    @inlinable
    public static func + (left: Estimate, right: Estimate) -> Estimate {
        Estimate(
            low: left.low + right.low,
            central: left.central + right.central,
            high: left.high + right.high,
            provenance: min(left.provenance, right.provenance)
        )
    }

    /// Adds as ``+(_:_:)`` does.
    @inlinable
    public static func += (left: inout Estimate, right: Estimate) { left = left + right }
}
