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
    let holdRate: HoldRate
    /// Billions of parameters; infinitely small where nobody says.
    let billions: Double
    /// Bits of a weight, likewise.
    let bits: Double
    let contextWindow: Int
    let outputTokensMax: Int

    init(_ model: Model, _ outlook: GridOutlook) {
        endpoints = model.endpoints.reduce(0) { $0 | 1 << UInt8($1.ordinal) }
        features = model.features.reduce(0) { $0 | 1 << UInt8($1.ordinal) }
        capabilities = model.capabilities.reduce(0) { $0 | 1 << UInt16($1.ordinal) }
        quality = model.quality
        prices = model.prices
        carbon = outlook.rate
        // Twice the usual time, as parts that go by time are not known before.
        let bound = outlook.model.bound(duration: model.latencyPrior * 2, at: outlook.intensity)
        holdRate = HoldRate(model.prices, bound)
        billions = model.energy.size.billions ?? 0
        bits = model.energy.size.bits ?? 0
        contextWindow = model.contextWindow
        outputTokensMax = model.outputTokensMax ?? .max
    }
}
