internal import Accounting
internal import Domain

/// What the filters read of a model, laid out flat: no set, string or reference is touched for a decision.
struct ModelProfile: Sendable {
    let endpoints: UInt8
    let features: UInt8
    let capabilities: UInt16
    let quality: Double
    let prices: TokenPrices
    let carbon: CarbonRate
    let joulesPerInputToken: Double
    let joulesPerOutputToken: Double
    let contextWindow: Int
    let outputTokensMax: Int

    init(_ model: Model, carbonSpread: Double) {
        endpoints = model.endpoints.reduce(0) { $0 | 1 << UInt8($1.ordinal) }
        features = model.features.reduce(0) { $0 | 1 << UInt8($1.ordinal) }
        capabilities = model.capabilities.reduce(0) { $0 | 1 << UInt16($1.ordinal) }
        quality = model.quality
        prices = model.prices
        carbon = CarbonRate(model.energy, spread: carbonSpread)
        joulesPerInputToken = model.energy.joulesPerInputToken * model.energy.powerUsageEffectiveness
        joulesPerOutputToken = model.energy.joulesPerOutputToken * model.energy.powerUsageEffectiveness
        contextWindow = model.contextWindow
        outputTokensMax = model.outputTokensMax ?? .max
    }

    /// What so many tokens take in energy, the data centre's share included.
    func energy(inputTokens: Int, outputTokens: Int) -> Energy {
        let joules = joulesPerInputToken * Double(inputTokens) + joulesPerOutputToken * Double(outputTokens)
        return Energy(joules: joules) ?? .max
    }
}
