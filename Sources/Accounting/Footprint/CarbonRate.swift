public import Domain

/// What a model's tokens emit: its energy and its grid with the units worked out once, for estimates before the choice.
///
///     µg/token = J/token · PUE · g/kWh · 10⁶ µg/g ÷ 3.6·10⁶ J/kWh
public struct CarbonRate: Hashable, Sendable {
    /// Micrograms for each prompt token.
    public let microgramsPerInputToken: Double
    /// Micrograms for each generated token.
    public let microgramsPerOutputToken: Double
    /// Micrograms for each request, however long: its share of the model's loading.
    public let microgramsPerRequest: Double
    /// How far the truth may be from them.
    public let band: ErrorBand
    /// Where the weakest of the figures comes from.
    public let provenance: Provenance

    /// A rate of so many micrograms for each token.
    public init(
        microgramsPerInputToken: Double,
        microgramsPerOutputToken: Double,
        microgramsPerRequest: Double = 0,
        band: ErrorBand,
        provenance: Provenance
    ) {
        self.microgramsPerRequest = microgramsPerRequest
        self.microgramsPerInputToken = microgramsPerInputToken
        self.microgramsPerOutputToken = microgramsPerOutputToken
        self.band = band
        self.provenance = provenance
    }

    /// The rate of `model` in the data centre and on the grid where it runs, straightened around a typical request.
    ///
    /// - Parameters:
    ///   - model: The energy of its tokens.
    ///   - typical: The request whose rate stands for others': its tokens, both above 0, and its concurrency.
    ///   - loading: A request's share of bringing the model into memory.
    ///   - powerUsageEffectiveness: Of the data centre; below 1 it counts as 1.
    ///   - intensity: Of the grid, now.
    public init(
        _ model: EnergyModel,
        around typical: RequestLoad,
        loading: EnergyEstimate = .zero,
        powerUsageEffectiveness: Double,
        intensity: GridIntensity
    ) {
        let use = model.use(of: typical)
        let total = use.total + loading
        let micrograms = max(powerUsageEffectiveness, 1) * intensity.central / 3.6
        let central = total.central * intensity.central
        self.init(
            microgramsPerInputToken: use.prompt.central / Double(max(typical.inputTokens, 1)) * micrograms,
            microgramsPerOutputToken: use.generation.central / Double(max(typical.outputTokens, 1)) * micrograms,
            microgramsPerRequest: loading.central * micrograms,
            band: ErrorBand(
                low: central > 0 ? total.low * intensity.low / central : 1,
                high: central > 0 ? total.high * intensity.high / central : 1
            ),
            provenance: min(total.provenance, intensity.provenance)
        )
    }

    /// A published table's kilograms of CO2e for each generated token, grid and data centre included.
    public init(kilogramsPerToken: Double, band: ErrorBand = ErrorBand(factor: 2)) {
        self.init(
            microgramsPerInputToken: 0,
            microgramsPerOutputToken: kilogramsPerToken * 1e9,
            band: band,
            provenance: .declared
        )
    }

    /// The emissions of a request of so many tokens; negative counts are held to 0, and the range's end is never left.
    public func estimate(inputTokens: Int, outputTokens: Int) -> CarbonEstimate {
        let central =
            microgramsPerRequest + microgramsPerInputToken * Double(Swift.max(inputTokens, 0))
            + microgramsPerOutputToken * Double(Swift.max(outputTokens, 0))
        return CarbonEstimate(
            low: Carbon(saturating: central * band.low),
            central: Carbon(saturating: central),
            high: Carbon(saturating: central * band.high),
            provenance: provenance
        )
    }

    /// The emissions of `usage`; cached prompt tokens count in full, so the figure errs upwards.
    public func estimate(for usage: TokenUsage) -> CarbonEstimate {
        estimate(inputTokens: usage.input, outputTokens: usage.output)
    }
}
