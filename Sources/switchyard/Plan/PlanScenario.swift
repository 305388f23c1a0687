import Accounting
import Configuration
import Domain
import Forecasting
import Planning

/// The hours that an experiment is about, with what was before them.
struct PlanScenario {
    let scenario: Scenario
    let start: Hour
    /// Requests, those before the first hour among them where the file has them.
    let demand: HourlySeries
    /// Grams of CO2e for each kWh, those before the first hour among them.
    let intensity: HourlySeries
    /// What was done to make hours of the files, in sentences.
    let notes: [String]

    /// Reads what settings name; it blocks.
    init(_ settings: ExperimentSettings) throws {
        let fleet = try PlanFleet(settings.fleet)
        intensity = try Self.intensity(settings, of: settings.region)
        let start = settings.startUnixSeconds.map { Hour(unixSeconds: $0) } ?? intensity.start
        let count = settings.hours ?? max(start.distance(to: intensity.end), 0)
        let hours = start..<start.advanced(by: count)
        try Self.check(intensity, of: settings.region, covers: hours)
        var abroad: [Int: [Double]] = [:]
        for (tier, region) in settings.fleet.tiers.map(\.region).enumerated() {
            guard let region else { continue }
            let series = try Self.intensity(settings, of: region)
            try Self.check(series, of: region, covers: hours)
            abroad[tier] = series[hours].values
        }
        (demand, self.start) = (try Self.demand(settings, hours), start)
        notes = Self.notes(settings.region, intensity[hours]) + Self.notes(settings.requestsDataset, demand[hours])
        let prices = try settings.energyPrices.map { path in
            var file = SeriesFile()
            // Markets have negative prices, in dollars per MWh.
            (file.lowest, file.column) = (-1e6, "Price (USD/MWh)")
            return try file.series(at: path).repeated(over: hours).values.map { $0 / 1000 }
        }
        scenario = try Scenario(
            totalDemand: demand[hours].values,
            intensity: intensity[hours].values,
            tierIntensity: abroad,
            energyPrice: prices ?? [],
            groups: settings.userGroups.groups(for: fleet),
            fleet: fleet,
            validityHours: settings.validityHours
        )
    }

    /// A digest of all numbers that a plan is made from.
    var digest: String {
        let tiers = scenario.tierIntensity.sorted { $0.key < $1.key }.flatMap { [Double($0.key)] + $0.value }
        let numbers = demand.values + scenario.demand + intensity.values + tiers + scenario.energyPrice
        var digest = Fingerprint()
        for number in numbers { digest.add(number.bitPattern) }
        return "\(digest)"
    }

    private static func intensity(_ settings: ExperimentSettings, of zone: String) throws -> HourlySeries {
        try SeriesFile().series(at: CarbonFolder(path: settings.carbonFolder).file(zone: zone, year: settings.year))
    }

    private static func check(_ series: HourlySeries, of zone: String, covers hours: Range<Hour>) throws {
        guard !hours.isEmpty, hours.clamped(to: series.hours) == hours else {
            throw PlanCommandError(
                "the grid's file of \(zone) has the hours from \(series.start) to \(series.end), not all of \(hours)"
            )
        }
    }

    private static func notes(_ name: String, _ series: HourlySeries) -> [String] {
        guard series.filledCount > 0 else { return [] }
        return ["\(name): \(series.filledCount) of \(series.count) hours had no value and were filled in."]
    }

    /// What comes before the hours of a trace that is laid over others: without it every forecast would be a first one.
    private static let historyHours = 336

    /// Requests of `hours`, and of those before them that the file has; a file of other hours is repeated week by week.
    private static func demand(_ settings: ExperimentSettings, _ hours: Range<Hour>) throws -> HourlySeries {
        var series: HourlySeries
        if let made = try? SyntheticDemand(settings.requestsDataset) {
            return made.series(over: hours, seed: settings.seed).scaled(toMean: settings.requestsMean)
        }
        var file = SeriesFile()
        (file.column, file.timeZone) = (settings.requestsColumn, settings.requestsTimeZone)
        series = try file.series(at: "\(settings.requestsFolder)/\(settings.requestsDataset).csv")
        if hours.clamped(to: series.hours) != hours { series = series.repeated(over: hours, after: historyHours) }
        guard let mean = settings.requestsMean else { return series }
        let planned = series[hours].mean
        return planned > 0 ? series.scaled(toMean: series.mean * mean / planned) : series
    }
}

extension HourlySeries {
    fileprivate func scaled(toMean mean: Double?) -> HourlySeries { mean.map { scaled(toMean: $0) } ?? self }
}

/// Why an experiment can't be run, in a sentence.
struct PlanCommandError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

extension PlanFleet {
    /// The fleet that settings name or list.
    init(_ settings: FleetSettings) throws {
        let powers = { (kilowatts: [Double]) in
            kilowatts.map { MachinePower(idleKilowatts: $0, loadKilowatts: $0) }
        }
        if let preset = settings.preset.flatMap({ PlanFleet.presets[$0] }) {
            self = preset
        } else {
            self.init(
                tiers: settings.tiers.map { tier in
                    PlanTier(
                        name: tier.name,
                        quality: tier.quality,
                        purchase: tier.kilowattHoursPerRequest.map {
                            PlanTier.Purchase(
                                kilowattHours: $0,
                                embodiedGrams: tier.embodiedGramsPerRequest,
                                dollars: tier.dollarsPerRequest
                            )
                        }
                    )
                },
                machines: settings.machines.map { machine in
                    let start = MachineStart(
                        kilowattHours: machine.startKilowattHours,
                        grams: machine.startGrams,
                        dollars: machine.startDollars
                    )
                    return MachineType(
                        name: machine.name,
                        requestsPerHour: machine.requestsPerHour,
                        power: powers(machine.kilowatts),
                        embodiedGramsPerHour: machine.embodiedGramsPerHour,
                        dollarsPerHour: machine.dollarsPerHour,
                        countMax: machine.countMax,
                        start: start == MachineStart(kilowattHours: 0) ? nil : start
                    )
                }
            )
        }
        if let effectiveness = settings.powerUsageEffectiveness { powerUsageEffectiveness = effectiveness }
    }
}

extension UserGroupSettings {
    /// The groups that settings list, or a share of premium requests.
    func groups(for fleet: PlanFleet) -> [UserGroup] {
        guard groups.isEmpty else {
            return groups.map { group in
                let promisesShares = !group.shareLow.isEmpty || !group.shareHigh.isEmpty
                return UserGroup(
                    name: group.name,
                    weight: group.weight,
                    qualityLow: group.qualityLow,
                    qualityHigh: group.qualityHigh,
                    shares: promisesShares ? SharePromise(low: group.shareLow, high: group.shareHigh) : nil
                )
            }
        }
        return UserGroup.mix(premiumShare: (premiumPercent ?? 0) / 100, tiers: fleet.tiers)
    }
}
