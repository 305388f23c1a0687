public import Domain

/// What a model's requests take at most, as far as their tokens say: what a budget has to hold for them.
///
/// A dedicated machine may have nothing else to do, so its batch is taken as 1, where a token costs the most. What does not
/// depend on the tokens is worked out once, since a hold asks for several counts of them.
public struct FootprintBound: Hashable, Sendable {
    private let joulesPerInputToken: Double
    /// In a short answer.
    private let joulesPerOutputToken: Double
    /// Whether a token of a long answer takes more, as an ``EnergyRegression`` has it.
    private let growsWithAnswer: Bool
    /// A request's share of bringing the model into memory; a meter would have seen it, but may be down.
    private let loadingJoules: Double
    private let powerUsageEffectiveness: Double
    private let gramsPerKilowattHour: Double
    /// What the watts that its machine is said to draw come to, the request being alone on it.
    private let declaredJoules: Double
    /// The share of making the machine, where that goes by time.
    private let embodied: Carbon
    /// The same where it goes by tokens.
    private let embodiedGramsPerOutputToken: Double

    /// The bound of `model`, with `duration` for the parts that go by time.
    init(_ model: FootprintModel, duration: Duration, at intensity: GridIntensity) {
        let concurrency: Double? = model.isDedicated ? 1 : nil
        let token = model.energy.use(of: RequestLoad(inputTokens: 1, outputTokens: 1, concurrency: concurrency))
        joulesPerInputToken = token.prompt.central
        joulesPerOutputToken = token.generation.central
        loadingJoules = model.loading.central
        growsWithAnswer = if case .regression = model.energy { true } else { false }
        powerUsageEffectiveness = model.powerUsageEffectiveness
        gramsPerKilowattHour = intensity.central
        declaredJoules = model.watts.map { max($0 * (duration / .seconds(1)), 0) } ?? 0
        let share = model.embodied?.share(of: duration, concurrency: concurrency ?? RequestLoad.typicalBatch)
        embodied = share?.central ?? .zero
        embodiedGramsPerOutputToken =
            if model.embodied == nil, case .ecoLogits(let formula) = model.energy {
                formula.embodiedGrams(outputTokens: 1)
            } else {
                0
            }
    }

    /// What a request of so many tokens takes at most.
    public func amounts(inputTokens: Int, outputTokens: Int) -> (energy: Energy, carbon: Carbon) {
        let (input, output) = (Double(max(inputTokens, 0)), Double(max(outputTokens, 0)))
        let growth = growsWithAnswer ? EnergyRegression.growth(answerTokens: output) : 1
        let ofPrompt = joulesPerInputToken * input
        let ofAnswer = max(joulesPerOutputToken * output * growth, declaredJoules - ofPrompt)
        let (prompt, answer) = (ofPrompt * powerUsageEffectiveness, ofAnswer * powerUsageEffectiveness)
        // Each part rounded for itself, as in the account.
        let loading = loadingJoules * powerUsageEffectiveness
        var carbon = embodied
        carbon += Carbon(saturating: loading * gramsPerKilowattHour / 3.6)
        carbon += Carbon(saturating: prompt * gramsPerKilowattHour / 3.6)
        carbon += Carbon(saturating: answer * gramsPerKilowattHour / 3.6)
        carbon += Carbon(saturating: embodiedGramsPerOutputToken * output * 1e6)
        return (Energy(joules: loading + prompt + answer) ?? .max, carbon)
    }
}
