public import Domain

/// What a model's requests take at most, as far as their tokens say: what a budget has to hold for them.
///
/// A dedicated machine may have nothing else to do, so its batch is taken as 1, where a token costs the most. What does not
/// depend on the tokens is worked out once, since a hold asks for several counts of them.
public struct FootprintBound: Hashable, Sendable {
    private let energy: EnergyModel
    private let concurrency: Double?
    private let powerUsageEffectiveness: Double
    private let gramsPerKilowattHour: Double
    /// What the watts that its machine is said to draw come to, the request being alone on it.
    private let declaredJoules: Double
    /// The share of making the machine, where that goes by time.
    private let embodied: Carbon
    /// What tells that share where it goes by tokens.
    private let embodiedFormula: EcoLogits?

    /// The bound of `model`, with `duration` for the parts that go by time.
    init(_ model: FootprintModel, duration: Duration, at intensity: GridIntensity) {
        energy = model.energy
        concurrency = model.isDedicated ? 1 : nil
        powerUsageEffectiveness = model.powerUsageEffectiveness
        gramsPerKilowattHour = intensity.central
        declaredJoules = model.watts.map { max($0 * (duration / .seconds(1)), 0) } ?? 0
        let share = model.embodied?.share(of: duration, concurrency: concurrency ?? RequestLoad.typicalBatch)
        embodied = share?.central ?? .zero
        embodiedFormula = if model.embodied == nil, case .ecoLogits(let formula) = model.energy { formula } else { nil }
    }

    /// What a request of so many tokens takes at most.
    public func amounts(inputTokens: Int, outputTokens: Int) -> (energy: Energy, carbon: Carbon) {
        let load = RequestLoad(inputTokens: inputTokens, outputTokens: outputTokens, concurrency: concurrency)
        let use = energy.use(of: load)
        let prompt = use.prompt.central * powerUsageEffectiveness
        // The prompt has its own share, so that each part is rounded here as it is in the account.
        let generation = max(use.generation.central, declaredJoules - use.prompt.central) * powerUsageEffectiveness
        var carbon = embodied
        carbon += Carbon(saturating: prompt * gramsPerKilowattHour / 3.6)
        carbon += Carbon(saturating: generation * gramsPerKilowattHour / 3.6)
        if let embodiedFormula {
            carbon += Carbon(saturating: embodiedFormula.embodiedGrams(outputTokens: load.outputTokens) * 1e6)
        }
        return (Energy(joules: prompt + generation) ?? .max, carbon)
    }
}
