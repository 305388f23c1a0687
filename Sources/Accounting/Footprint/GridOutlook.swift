public import Domain

/// A model's footprint under its grid as it is at present.
public struct GridOutlook: Hashable, Sendable {
    /// How its footprint is worked out.
    public let model: FootprintModel
    /// Its grid's intensity.
    public let intensity: GridIntensity
    /// What its tokens are expected to emit.
    public let rate: CarbonRate

    /// The outlook of `model` at an intensity.
    public init(_ model: FootprintModel, at intensity: GridIntensity) {
        self.model = model
        self.intensity = intensity
        rate = model.rate(at: intensity)
    }

    /// The outlook of declared figures alone.
    public init(declaredBy profile: EnergyProfile) {
        let model = FootprintModel(declared: profile)
        self.init(model, at: model.intensity(in: IntensityBook(), at: 0))
    }
}
