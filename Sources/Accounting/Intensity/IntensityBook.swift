/// What is known of every zone's grid, and what is said where it is not: never nothing, and never zero for want of data.
///
/// For a zone and a time, the first of these that there is:
///
/// 1. a reading of that time (`current`, or `forecast` if its source estimated or foresaw it);
/// 2. the last reading before, up to ``Limits/staleness`` old, the wider the older (`last_known`);
/// 3. the operator's figure for the zone (`declared`);
/// 4. the yearly mean of its country, if its name begins with the country's code (`country`);
/// 5. the world's range (`world`).
public struct IntensityBook: Sendable {
    /// How much is kept, and how far it is trusted.
    public struct Limits: Hashable, Sendable {
        /// Zones beyond so many are not kept.
        public var zonesMax: Int
        /// The oldest readings of a zone are dropped beyond so many.
        public var readingsMax: Int
        /// A reading is no longer used so long after it ceased to hold.
        public var staleness: Duration

        /// Limits; by default a year of hours in each of 256 zones, and half a day.
        public init(zonesMax: Int = 256, readingsMax: Int = 8784, staleness: Duration = .seconds(43_200)) {
            self.zonesMax = zonesMax
            self.readingsMax = readingsMax
            self.staleness = staleness
        }
    }

    /// How much is kept, and how far it is trusted; a series that is shorter by now loses its oldest with its next readings.
    public var limits: Limits
    private var series: [String: IntensitySeries] = [:]
    private var declared: [String: GridIntensity] = [:]

    /// An empty book.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Writes down what a source said about a zone; returns `false` where the book has no place for another zone.
    @discardableResult
    public mutating func record(_ readings: [IntensityReading], zone: String) -> Bool {
        guard series[zone] != nil || series.count < limits.zonesMax else { return false }
        series[zone, default: IntensitySeries(readingsMax: limits.readingsMax)].insert(readings)
        return true
    }

    /// Writes down the operator's figure for a zone, grams of CO2e for each kilowatt-hour; returns `false` if none can be so.
    @discardableResult
    public mutating func declare(_ gramsPerKilowattHour: Double, zone: String) -> Bool {
        let intensity = GridIntensity(declared: gramsPerKilowattHour)
        guard intensity.basis == .declared else { return false }
        declared[zone] = intensity
        return true
    }

    /// The readings of a zone.
    public func series(of zone: String) -> IntensitySeries? { series[zone] }

    /// A zone's intensity at a time in seconds since 1970 UTC, by the first rule that holds.
    public func intensity(of zone: String, at time: Int64) -> GridIntensity {
        if let (reading, end) = series[zone]?.last(before: time) {
            let age = Duration.seconds(max(time - end, 0))
            if time < end { return GridIntensity(current: reading) }
            if age <= limits.staleness { return GridIntensity(last: reading, age: age) }
        }
        return declared[zone] ?? GridIntensity(countryOfZone: zone) ?? .world
    }
}

extension GridIntensity {
    /// A reading of the time itself.
    ///
    /// Forecasts of a day ahead err by 8 to 13 % on average (CarbonCast; PLANNER.md).
    fileprivate init(current reading: IntensityReading) {
        switch reading.kind {
        case .measured: self.init(reading.gramsPerKilowattHour, within: ErrorBand(factor: 1), basis: .current)
        case .estimated: self.init(reading.gramsPerKilowattHour, within: ErrorBand(factor: 1.1), basis: .forecast)
        case .forecast: self.init(reading.gramsPerKilowattHour, within: ErrorBand(factor: 1.15), basis: .forecast)
        }
    }

    /// An older reading: 80 % of the hours lay within 9 % of the one before, 1.28 times that of three and 1.7 times that of
    /// twelve hours before (five zones of Electricity Maps, 2022).
    fileprivate init(last reading: IntensityReading, age: Duration) {
        // Beyond the end of a reading of an hour, half of it has passed on average.
        let hours = age / .seconds(3600) + 0.5
        let factor = min(1.1 + 0.06 * hours, 1.75)
        self.init(reading.gramsPerKilowattHour, within: ErrorBand(factor: factor), basis: .lastKnown)
    }
}
