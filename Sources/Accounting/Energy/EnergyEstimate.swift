public import Domain

/// What a request, or a part of one, takes in energy, in joules.
///
/// Floating-point, as a token of a small model takes some hundredths of a joule; settled amounts are whole microjoules.
public typealias EnergyEstimate = Estimate<Double>

extension Estimate<Double> {
    /// An estimate of one figure, and how far the truth may be below and above it.
    public init(_ central: Double, within band: ErrorBand, provenance: Provenance) {
        self.init(
            low: central * band.low,
            central: central,
            high: central * band.high,
            provenance: provenance
        )
    }

    /// A figure that a meter read: no interval.
    public init(measured joules: Double) {
        self.init(low: joules, central: joules, high: joules, provenance: .measured)
    }

    /// What draws so many watts for so long: the gateway's own processor time for a request, or a worker that loads a model.
    public init(watts: Double, during duration: Duration, within band: ErrorBand, provenance: Provenance) {
        let joules = watts * (duration / .seconds(1))
        self.init(joules > 0 ? joules : 0, within: band, provenance: provenance)
    }

    /// None, for sure: weakens no sum.
    public static let zero = EnergyEstimate(measured: 0)

    /// The central figure in whole microjoules, as accounts are kept; held to the range's ends.
    public var energy: Energy { Energy(joules: central) ?? (central > 0 ? .max : .zero) }

    /// So many times the estimate, such as by the power usage effectiveness of the data centre.
    public static func * (left: EnergyEstimate, factor: Double) -> EnergyEstimate {
        EnergyEstimate(
            low: left.low * factor,
            central: left.central * factor,
            high: left.high * factor,
            provenance: left.provenance
        )
    }
}

/// How far the truth may be from a central figure, as factors: 0.5 and 2 is half to double.
public struct ErrorBand: Hashable, Sendable {
    /// From 0 to 1.
    public let low: Double
    /// 1 or more.
    public let high: Double

    /// A band between two factors; on the wrong side of 1 they count as 1.
    public init(low: Double, high: Double) {
        self.low = low <= 1 ? Swift.max(low, 0) : 1
        self.high = high >= 1 ? high : 1
    }

    /// A band of one factor either way.
    public init(factor: Double) { self.init(low: factor > 1 ? 1 / factor : 1, high: factor) }

    /// Both errors at once, at their worst.
    public static func * (left: ErrorBand, right: ErrorBand) -> ErrorBand {
        ErrorBand(low: left.low * right.low, high: left.high * right.high)
    }
}
