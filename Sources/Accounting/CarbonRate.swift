public import Domain

/// What a model's tokens emit: its energy profile with the units worked out once.
///
///     µg/token = J/token · PUE · g/kWh · 10⁶ µg/g ÷ 3.6·10⁶ J/kWh
public struct CarbonRate: Hashable, Sendable {
    /// Micrograms for each prompt token.
    public let microgramsPerInputToken: Double
    /// Micrograms for each generated token.
    public let microgramsPerOutputToken: Double
    /// How far the truth may be from the central figure, as a factor either way: 2 is half to double.
    public let spread: Double

    /// The rate of `profile`, with an interval from `central / spread` to `central × spread`.
    ///
    /// A declared figure has no error of its own, so the spread stands for it. Two is of the order by which batch size
    /// and utilisation alone move the energy of a token. Below 1 it counts as 1.
    public init(_ profile: EnergyProfile, spread: Double = 2) {
        let micrograms = profile.powerUsageEffectiveness * profile.gramsPerKilowattHour / 3.6
        microgramsPerInputToken = profile.joulesPerInputToken * micrograms
        microgramsPerOutputToken = profile.joulesPerOutputToken * micrograms
        self.spread = Swift.max(spread, 1)
    }

    /// The emissions of a request of so many tokens; negative counts are held to 0, and the range's end is never left.
    public func estimate(inputTokens: Int, outputTokens: Int) -> CarbonEstimate {
        let central =
            microgramsPerInputToken * Double(Swift.max(inputTokens, 0))
            + microgramsPerOutputToken * Double(Swift.max(outputTokens, 0))
        return CarbonEstimate(
            low: Carbon(saturating: central / spread),
            central: Carbon(saturating: central),
            high: Carbon(saturating: central * spread),
            provenance: .declared
        )
    }

    /// The emissions of `usage`; cached prompt tokens count in full, so the figure errs upwards.
    public func estimate(for usage: TokenUsage) -> CarbonEstimate {
        estimate(inputTokens: usage.input, outputTokens: usage.output)
    }
}

extension Carbon {
    /// The nearest whole number of micrograms within 0 and the range's end; what is not a number counts as the end.
    fileprivate init(saturating micrograms: Double) {
        guard micrograms < 9.2e18 else { self = .max; return }
        // Half up, by truncation: a call of libm's `round` for each figure would cost more than the rest.
        self.init(micrograms: Int64(Swift.max(micrograms, 0) + 0.5))
    }
}
