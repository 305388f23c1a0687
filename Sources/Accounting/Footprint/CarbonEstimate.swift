public import Domain

/// What a request emits: energy per token is never known to the digit.
public typealias CarbonEstimate = Estimate<Carbon>

extension Estimate<Carbon> {
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
}

extension Carbon: Summable {}

extension Carbon {
    /// The nearest whole number of micrograms within 0 and the range's end; what is not a number counts as the end.
    init(saturating micrograms: Double) {
        guard micrograms < 9.2e18 else { self = .max; return }
        // Half up, by truncation: a call of libm's `round` for each figure would cost more than the rest.
        self.init(micrograms: Int64(Swift.max(micrograms, 0) + 0.5))
    }
}
