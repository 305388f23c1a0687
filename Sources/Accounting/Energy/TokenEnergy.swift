internal import Domain

/// Joules for each token, as a table or the operator says: the simplest model, and blind to the load.
public struct TokenEnergy: Hashable, Sendable {
    /// Joules for each prompt token.
    public let joulesPerInputToken: Double
    /// Joules for each generated token.
    public let joulesPerOutputToken: Double
    /// How far the truth may be from them.
    public let band: ErrorBand

    /// Figures with an error of their own.
    ///
    /// A declared figure says nothing of its error. Two either way is of the order by which the batch alone moves the
    /// energy of a token.
    public init(joulesPerInputToken: Double, joulesPerOutputToken: Double, band: ErrorBand = ErrorBand(factor: 2)) {
        self.joulesPerInputToken = joulesPerInputToken
        self.joulesPerOutputToken = joulesPerOutputToken
        self.band = band
    }

    /// The energy of a request's two parts.
    func use(of load: RequestLoad) -> ModelEnergy {
        ModelEnergy(
            prompt: EnergyEstimate(
                Double(load.inputTokens) * joulesPerInputToken,
                within: band,
                provenance: .declared
            ),
            generation: EnergyEstimate(
                Double(load.outputTokens) * joulesPerOutputToken,
                within: band,
                provenance: .declared
            )
        )
    }
}
