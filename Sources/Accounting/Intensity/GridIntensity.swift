public import Domain

/// How much a kilowatt-hour emits at a place and an hour, grams of CO2e, as an interval.
public struct GridIntensity: Hashable, Sendable {
    /// How it was found, from the best to the worst.
    public enum Basis: String, CaseIterable, Hashable, Sendable, Codable {
        /// A reading of that very time.
        case current
        /// A forecast or the source's own estimate for that time.
        case forecast
        /// The last reading before it, not yet stale.
        case lastKnown = "last_known"
        /// The operator's figure for the zone.
        case declared
        /// A yearly mean of the zone's country.
        case country
        /// Nothing is known of the zone: anything that grids do.
        case world
    }

    /// The lower end.
    public let low: Double
    /// The single figure.
    public let central: Double
    /// The upper end.
    public let high: Double
    /// How it was found.
    public let basis: Basis

    /// An intensity within a band; negative values and such that are no numbers make it the world's.
    public init(_ central: Double, within band: ErrorBand, basis: Basis) {
        guard central >= 0, central <= GridIntensity.most else { self = .world; return }
        self.init(low: central * band.low, central: central, high: central * band.high, basis: basis)
    }

    private init(low: Double, central: Double, high: Double, basis: Basis) {
        self.low = low
        self.central = central
        self.high = high
        self.basis = basis
    }

    /// Where the figure comes from.
    public var provenance: Provenance {
        switch basis {
        case .current: .measured
        case .declared: .declared
        case .forecast, .lastKnown, .country, .world: .modelled
        }
    }

    /// What is said where nothing is known: from the cleanest country to coal.
    ///
    /// 20 g is the least non-zero yearly mean in CodeCarbon's table of 213 countries, 995 g its figure for coal, 473 g the
    /// world's mean in EcoLogits' table.
    public static let world = GridIntensity(low: 20, central: 473, high: 995, basis: .world)

    /// No grid emits more: burning the worst fuel in the worst plant stays below.
    public static let most = 5000.0

    /// An operator's figure for a place; within 30 % either way, as hours differ from their yearly mean.
    ///
    /// The hourly values' coefficient of variation was 0.23 to 0.54 in the zones measured.
    public init(declared gramsPerKilowattHour: Double) {
        self.init(gramsPerKilowattHour, within: ErrorBand(low: 0.7, high: 1.3), basis: .declared)
    }

    /// The yearly mean of the country that a zone is in; `nil` if its name does not begin with a country's code.
    ///
    /// 90 % of the hours of six zones in 2023 lay between 0.26 and 1.35 times their country's mean (Germany's between 0.46
    /// and 1.62), since a zone is cleaner or dirtier than the rest, and an hour than the year.
    init?(countryOfZone zone: String) {
        guard let mean = CountryIntensity.mean(ofZone: zone) else { return nil }
        self.init(mean, within: ErrorBand(low: 0.25, high: 1.65), basis: .country)
    }
}
