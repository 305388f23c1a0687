public import Domain

/// What a request emits, as an interval: energy per token is never known to the digit.
public struct CarbonEstimate: Hashable, Sendable {
    /// Where the figures behind an estimate come from, from the weakest to the strongest.
    public enum Provenance: String, CaseIterable, Hashable, Sendable, Codable {
        /// The operator wrote them into the registry.
        case declared
    }

    /// The lower end.
    public let low: Carbon
    /// The single figure to compare and to report.
    public let central: Carbon
    /// The upper end.
    public let high: Carbon
    /// Where the figures come from.
    public let provenance: Provenance

    /// An estimate of three figures.
    public init(low: Carbon, central: Carbon, high: Carbon, provenance: Provenance) {
        self.low = low
        self.central = central
        self.high = high
        self.provenance = provenance
    }

    /// Nothing emitted, such as for an answer from the cache.
    public static let zero = CarbonEstimate(low: .zero, central: .zero, high: .zero, provenance: .declared)

    /// Both together: the ends are added, since estimates by one profile err in the same direction.
    public static func + (left: CarbonEstimate, right: CarbonEstimate) -> CarbonEstimate {
        CarbonEstimate(
            low: left.low + right.low,
            central: left.central + right.central,
            high: left.high + right.high,
            provenance: left.provenance
        )
    }
}
