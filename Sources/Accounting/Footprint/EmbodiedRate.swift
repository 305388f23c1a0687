internal import Domain

/// The carbon of making a machine, spread over its life.
public struct EmbodiedRate: Hashable, Sendable {
    /// Grams of CO2e for each hour that the machine is there.
    public let gramsPerHour: Double
    /// How far the truth may be from it.
    public let band: ErrorBand

    /// A machine's grams for each hour of its life, negative ones counting as 0; within a factor of two unless said otherwise.
    public init(gramsPerHour: Double, band: ErrorBand = ErrorBand(factor: 2)) {
        self.gramsPerHour = gramsPerHour > 0 ? gramsPerHour : 0
        self.band = band
    }

    /// So many accelerators of a kind and their share of an eight-way server, used for three years.
    ///
    /// H100: (5,700 kg for the server + 8 · 164 kg) ÷ 3 years = 267 g/h, after EcoLogits' figures. B200: 508 g/h; A100: 135 g/h,
    /// that of AWS's p4d.24xlarge. `nil` for other accelerators.
    public init?(_ machine: Machine) {
        let ofEight: Double
        switch machine.accelerator {
        case "H100": ofEight = 267
        case "B200": ofEight = 508
        case "A100": ofEight = 135
        default: return nil
        }
        self.init(gramsPerHour: ofEight / 8 * Double(machine.count))
    }

    /// The share of a request that was on the machine for so long, with so many others: 1 is alone.
    public func share(of duration: Duration, concurrency: Double) -> CarbonEstimate {
        let hours = max(duration / .seconds(3600), 0)
        let micrograms = gramsPerHour * 1e6 * hours / (concurrency > 1 ? concurrency : 1)
        return CarbonEstimate(
            low: Carbon(saturating: micrograms * band.low),
            central: Carbon(saturating: micrograms),
            high: Carbon(saturating: micrograms * band.high),
            provenance: .modelled
        )
    }
}
