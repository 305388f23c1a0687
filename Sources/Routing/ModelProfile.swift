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
    let contextWindow: Int
    let outputTokensMax: Int

    init(_ model: Model, carbonSpread: Double) {
        endpoints = model.endpoints.reduce(0) { $0 | 1 << UInt8($1.ordinal) }
        features = model.features.reduce(0) { $0 | 1 << UInt8($1.ordinal) }
        capabilities = model.capabilities.reduce(0) { $0 | 1 << UInt16($1.ordinal) }
        quality = model.quality
        prices = model.prices
        carbon = CarbonRate(model.energy, spread: carbonSpread)
        contextWindow = model.contextWindow
        outputTokensMax = model.outputTokensMax ?? .max
    }
}
