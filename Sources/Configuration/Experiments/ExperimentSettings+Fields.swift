extension ExperimentSettings: Section {
    static let fields: [Field<Self>] = [
        Field("seed", \.seed, .seed, "Seed of all that is drawn."),
        Field("qor_target", \.qualityTarget, .number(in: 0...1), "Quality of responses to keep in every window."),
        Field("budget", \.budget, optional: .number(in: 0...1e15), "What may be spent, in place of a target."),
        Field("metric", \.metric, .oneOf(["carbon", "energy", "money"]), "What is spent: gCO2e, kWh or USD."),
        Field("vp", \.validityHours, .integer(in: 1...100_000), "Validity period: hours of every rolling window."),
        Field("region", \.region, .name, "Zone of the grid."),
        Field("year", \.year, .integer(in: 1990...2100), "Year of the grid's file."),
        Field("start", \.start, optional: .instant, "First hour; the first of the grid's file if it is left out."),
        Field("hours", \.hours, optional: .integer(in: 1...100_000), "How many; all of the grid's file if left out."),
        Field("requests_dataset", \.requestsDataset, .name, "File of requests without .csv, or static_e6, normal_e6 …"),
        Field(
            "requests_mean",
            \.requestsMean,
            optional: .number(in: 1e-6...1e12),
            "Mean requests an hour that a file is scaled to."
        ),
        Field("requests_dir", \.requestsFolder, .text, "Folder with files of requests."),
        Field("requests_column", \.requestsColumn, optional: .text, "Column of the requests; found if left out."),
        Field(
            "requests_time_zone",
            \.requestsTimeZone,
            optional: .text,
            "Where clocks show the requests' times, such as Europe/Berlin; UTC if left out."
        ),
        Field("carbon_dir", \.carbonFolder, .text, "Folder with Electricity Maps' files {REGION}_{YEAR}_hourly.csv."),
        Field("energy_prices", \.energyPrices, optional: .text, "File with energy prices in USD per MWh."),
        Field("user_groups", \.userGroups, "Who asks: p0 to p100, or a file's name."),
        Field("fleet", \.fleet, "What serves: a file's name."),
        Field("optimizer", \.optimizer, "Who decides: a file's name."),
        Field("result_dir", \.resultFolder, .text, "Folder of results; one that is there is not computed again."),
    ]
}

extension UserGroupSettings: Section {
    static let fields: [Field<Self>] = [
        Field(
            "premium_percent",
            \.premiumPercent,
            optional: .number(in: 0...100),
            "Share that is always served at the best tier, the others being best effort."
        ),
        Field("groups", \.groups, .list(of: .section, count: 0...16), "Groups, in place of premium_percent."),
    ]
}

extension UserGroupSettings.Group: Section {
    static let fields: [Field<Self>] = [
        Field("name", \.name, .name, required: true, "Its name."),
        Field("weight", \.weight, .number(in: 0...1), required: true, "Share of all requests; they add up to 1."),
        Field("quality_low", \.qualityLow, .number(in: 0...1), "Mean quality that counts 0."),
        Field("quality_high", \.qualityHigh, .number(in: 0...1), "Mean quality that counts 1."),
        Field(
            "share_low",
            \.shareLow,
            .list(of: .number(in: 0...1), count: 0...8),
            "Shares of the tiers that count 0, in place of qualities: the original's slo_lower; optimizer=reference only."
        ),
        Field(
            "share_high",
            \.shareHigh,
            .list(of: .number(in: 0...1), count: 0...8),
            "Shares of the tiers that count 1: the original's slo_upper."
        ),
    ]
}

extension FleetSettings: Section {
    static let fields: [Field<Self>] = [
        Field("preset", \.preset, optional: .oneOf(["paper", "mle", "five_tiers"]), "A fleet that comes along."),
        Field(
            "pue",
            \.powerUsageEffectiveness,
            optional: .number(in: 1...10),
            "Power usage effectiveness of the building."
        ),
        Field("tiers", \.tiers, .list(of: .section, count: 0...8), "Tiers from the worst, in place of a preset."),
        Field("machines", \.machines, .list(of: .section, count: 0...8), "Machine types, in place of a preset."),
    ]

    func check(at place: Place, into report: inout Report) {
        if preset == nil, tiers.isEmpty {
            report.error(
                at: place,
                "neither a preset nor tiers",
                fix: "add `preset: paper`, or list tiers and machines"
            )
        }
        if preset != nil, !tiers.isEmpty || !machines.isEmpty {
            report.error(at: place["preset"], "both a preset and tiers or machines", fix: "remove one of them")
        }
    }
}

extension FleetSettings.Tier: Section {
    static let fields: [Field<Self>] = [
        Field("name", \.name, .name, required: true, "Its name."),
        Field("quality", \.quality, .number(in: 0...1), required: true, "What a request counts; rising."),
        Field("region", \.region, optional: .name, "Zone of its grid, where that is not the experiment's."),
        Field(
            "kwh_per_request",
            \.kilowattHoursPerRequest,
            optional: .number(in: 0...1000),
            "Energy of a request where it can be bought."
        ),
        Field(
            "embodied_grams_per_request",
            \.embodiedGramsPerRequest,
            .number(in: 0...1e6),
            "Embodied carbon of a bought request."
        ),
        Field("dollars_per_request", \.dollarsPerRequest, .number(in: 0...1e6), "Price of a bought request."),
    ]
}

extension FleetSettings.Machine: Section {
    static let fields: [Field<Self>] = [
        Field("name", \.name, .name, required: true, "Its name."),
        Field(
            "requests_per_hour",
            \.requestsPerHour,
            .list(of: .number(in: 0...1e12), count: 1...8),
            required: true,
            "Throughput for each tier, from the worst; 0 where it can't serve it."
        ),
        Field(
            "kilowatts",
            \.kilowatts,
            .list(of: .number(in: 0...1e6), count: 1...8),
            required: true,
            "Power for each tier, at full load."
        ),
        Field("embodied_grams_per_hour", \.embodiedGramsPerHour, .number(in: 0...1e9), "Embodied carbon."),
        Field("dollars_per_hour", \.dollarsPerHour, .number(in: 0...1e6), "Rent."),
        Field("count_max", \.countMax, optional: .integer(in: 0...1_000_000), "How many there are."),
        Field("start_kwh", \.startKilowattHours, .number(in: 0...1e6), "Energy that switching one on takes."),
        Field("start_grams", \.startGrams, .number(in: 0...1e9), "CO2e that it takes besides."),
        Field("start_dollars", \.startDollars, .number(in: 0...1e6), "What it costs besides its energy."),
    ]
}

extension OptimizerSettings: Section {
    static let fields: [Field<Self>] = [
        Field("name", \.name, .choice, "Strategy."),
        Field("gap", \.gap, .number(in: 0...1), "How far from its bound a plan is good enough."),
        Field("time_limit", \.timeLimit, .number(in: 0.001...1e6), "Seconds that a plan may take."),
        Field("relax", \.relax, .flag, "Whether parts of machines can be switched on."),
        Field(
            "trades",
            \.trades,
            optional: .integer(in: 0...1_000_000),
            "Trades between hours that are tried for each hour; the horizon decides if it is left out."
        ),
        Field("horizon", \.horizon, .integer(in: 1...100_000), "Hours that are planned ahead."),
        Field("oracle", \.oracle, .flag, "Whether forecasts are the truth."),
        Field("forecast", \.forecast, .choice, "How hours to come are forecast: combined, carboncast or naive."),
        Field(
            "insured_hours",
            \.insuredHours,
            optional: .integer(in: 0...100_000),
            "Hours of an outage that breaks next to no window; one for 72 of a window's if it is left out."
        ),
        Field("lt_frequency", \.refreshHours, .integer(in: 1...100_000), "Hours between forecasts."),
        Field("mode", \.mode, .choice, "How greedy spreads its budget: constant, or weighted by demand and intensity."),
    ]
}
