public import Domain

/// What a request emits, as an interval: energy per token is never known to the digit.
public struct CarbonEstimate: Hashable, Sendable {
    /// The lower end.
    public let low: Carbon
    /// The single figure to compare and to report.
    public let central: Carbon
    /// The upper end.
    public let high: Carbon
    /// Where the weakest of the figures behind it comes from.
    public let provenance: Provenance

    /// An estimate of three figures.
    public init(low: Carbon, central: Carbon, high: Carbon, provenance: Provenance) {
        self.low = low
        self.central = central
        self.high = high
        self.provenance = provenance
    }

    /// What `energy` emits on a grid of this `intensity`: the least energy at the cleanest, the most at the dirtiest.
    ///
    ///     µg = J · g/kWh · 10⁶ µg/g ÷ 3.6·10⁶ J/kWh
    public init(_ energy: EnergyEstimate, at intensity: GridIntensity) {
        self.init(
            low: Carbon(saturating: energy.low * intensity.low / 3.6),
            central: Carbon(saturating: energy.central * intensity.central / 3.6),
            high: Carbon(saturating: energy.high * intensity.high / 3.6),
            // Nothing used is nothing emitted, however little is known of the grid.
            provenance: energy == .zero ? energy.provenance : min(energy.provenance, intensity.provenance)
        )
    }

    /// Nothing emitted, such as for an answer from the cache: known for sure, so it weakens no sum.
    public static let zero = CarbonEstimate(low: .zero, central: .zero, high: .zero, provenance: .measured)

    /// Both together: the ends are added, since estimates by one profile err in the same direction.
    public static func + (left: CarbonEstimate, right: CarbonEstimate) -> CarbonEstimate {
        CarbonEstimate(
            low: left.low + right.low,
            central: left.central + right.central,
            high: left.high + right.high,
            provenance: min(left.provenance, right.provenance)
        )
    }

    /// Adds as ``+(_:_:)`` does.
    public static func += (left: inout CarbonEstimate, right: CarbonEstimate) { left = left + right }
}

extension Carbon {
    /// The nearest whole number of micrograms within 0 and the range's end; what is not a number counts as the end.
    init(saturating micrograms: Double) {
        guard micrograms < 9.2e18 else { self = .max; return }
        // Half up, by truncation: a call of libm's `round` for each figure would cost more than the rest.
        self.init(micrograms: Int64(Swift.max(micrograms, 0) + 0.5))
    }
}
