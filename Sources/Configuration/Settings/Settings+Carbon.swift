extension Settings {
    /// How the energy and the emissions of requests are worked out.
    public struct Carbon: Hashable, Sendable {
        /// Where grids' intensities come from; with none, from the models' own figures, their countries' means or the world's.
        public internal(set) var sources: [IntensitySource] = []
        /// Seconds between two looks at the sources.
        public internal(set) var refreshSeconds = 300.0
        /// Whether sources are asked for their forecasts too, which hold when they fail.
        public internal(set) var forecast = false
        /// Seconds that a reading is used after it ceased to hold, ever less trusted.
        public internal(set) var stalenessSeconds = 43_200.0
        /// Seconds that a source may take to answer.
        public internal(set) var sourceSecondsMax = 10.0
        /// Watts of the core that decides about a request.
        public internal(set) var routerWatts = 10.0
        /// Seconds between two readings of workers' power.
        public internal(set) var powerSeconds = 5.0
        /// Seconds of activity over which a worker's idle energy is paid off.
        public internal(set) var idleSpreadSeconds = 60.0

        /// The defaults.
        init() {}
    }

    /// Where the intensities of some zones come from.
    public struct IntensitySource: Hashable, Sendable {
        /// What it is.
        public enum Kind: String, CaseIterable, Hashable, Sendable {
            /// The API of Electricity Maps.
            case electricityMaps = "electricity_maps"
            /// The Carbon Intensity API of Great Britain.
            case uk
            /// The API of WattTime: marginal rates.
            case wattTime = "watttime"
            /// A file with the columns of Electricity Maps' portal.
            case csv
            /// One figure.
            case fixed = "static"
        }

        /// Which emissions a file's column counts.
        public enum Scope: String, CaseIterable, Hashable, Sendable {
            /// Those of burning fuel.
            case direct
            /// Building plants and bringing them fuel too.
            case lifeCycle = "life_cycle"
        }

        /// What it is.
        public internal(set) var kind = Kind.fixed
        /// Its address, without a path; its own where `nil`.
        public internal(set) var origin: String?
        /// The environment variable that holds its token, or the password of ``user``.
        public internal(set) var tokenVariable: String?
        /// WattTime's user, who logs in with a password.
        public internal(set) var user: String?
        /// The zones that it is asked for.
        public internal(set) var zones: [String] = []
        /// A file's column.
        public internal(set) var scope = Scope.lifeCycle
        /// A file's path.
        public internal(set) var path: String?
        /// One figure for all of its zones, grams of CO2e per kWh.
        public internal(set) var gramsPerKilowattHour: Double?

        /// One without zones.
        init() {}
    }
}

extension Settings.Carbon: Section {
    static let fields: [Field<Self>] = [
        Field(
            "sources",
            \.sources,
            .list(of: .section, count: 0...64),
            "Where grids' intensities come from; a model's `zone` says which one is its."
        ),
        Field(
            "refresh_seconds",
            \.refreshSeconds,
            .number(in: 0.05...86_400),
            "Seconds between two looks at the sources; never on a request's way."
        ),
        Field("forecast", \.forecast, .flag, "Whether sources are asked for forecasts too, which hold when they fail."),
        Field(
            "staleness_seconds",
            \.stalenessSeconds,
            .number(in: 0...31_536_000),
            "Seconds that a reading is used after it ceased to hold, with a wider interval the older it is."
        ),
        Field(
            "source_seconds_max",
            \.sourceSecondsMax,
            .number(in: 0.01...600),
            "Seconds that a source may take to answer."
        ),
        Field("router_watts", \.routerWatts, .number(in: 0...1000), "Watts of the core that decides about a request."),
        Field(
            "power_seconds",
            \.powerSeconds,
            .number(in: 0.05...3600),
            "Seconds between two readings of workers' power, for models with `power_url`."
        ),
        Field(
            "idle_spread_seconds",
            \.idleSpreadSeconds,
            .number(in: 0...86_400),
            "Seconds of activity over which a worker's idle energy is paid off, for models with `watts`; 0 for never."
        ),
    ]

    func check(at place: Place, into report: inout Report) {
        var owners: Set<String> = []
        for (index, source) in sources.enumerated() {
            for (zone, name) in source.zones.enumerated() where !owners.insert(name).inserted {
                report.error(
                    at: place["sources"][index]["zones"][zone],
                    "zone `\(name)` has a source already",
                    fix: "one source for each zone: averages and marginal rates do not mix"
                )
            }
        }
    }
}

extension Settings.IntensitySource: Section {
    static let fields: [Field<Self>] = [
        Field("kind", \.kind, .choice, required: true, "What it is."),
        Field("origin", \.origin, optional: .url(), "Its address, without a path, if it is not the service's own."),
        Field(
            "token_variable",
            \.tokenVariable,
            optional: .variable,
            "Environment variable with its token; for watttime with a `user`, the password."
        ),
        Field("user", \.user, optional: .name, "The user who logs in at watttime."),
        Field("zones", \.zones, .list(of: .name, count: 1...256), required: true, "Zones by the source's own names."),
        Field("scope", \.scope, .choice, "A file's column: life_cycle counts the plants too."),
        Field("path", \.path, optional: .text, "A file of Electricity Maps' portal, of one zone."),
        Field(
            "grams_per_kwh",
            \.gramsPerKilowattHour,
            optional: .number(in: 0...5000),
            "The figure of a static source, grams of CO2e per kWh."
        ),
    ]

    func check(at place: Place, into report: inout Report) {
        func need(_ key: String, _ isThere: Bool) {
            guard !isThere, place.child(key)?.node?.isNull ?? true else { return }
            report.error(at: place, "`kind: \(kind.rawValue)` needs `\(key)`", fix: "add it")
        }
        switch kind {
        case .electricityMaps, .wattTime: need("token_variable", tokenVariable != nil)
        case .fixed: need("grams_per_kwh", gramsPerKilowattHour != nil)
        case .csv:
            need("path", path != nil)
            if zones.count > 1 {
                report.error(at: place["zones"], "a file is of one zone", fix: "write a source for each file")
            }
        case .uk:
            let known = ["GB"] + (1...17).map { "GB-\($0)" }
            for (index, zone) in zones.enumerated() where !known.contains(zone) {
                report.error(at: place["zones"][index], "`\(zone)` is not GB or GB-1 to GB-17", fix: "choose one")
            }
        }
        for (index, zone) in zones.enumerated() {
            let isPlain = zone.utf8.allSatisfy { isAlphanumeric($0) || "-_".utf8.contains($0) } && zone.utf8.count <= 64
            guard !isPlain else { continue }
            report.error(at: place["zones"][index], "`\(zone)` is no zone: letters, digits, - and _", fix: "correct it")
        }
    }
}

extension GatewayConfiguration {
    /// A source without its token is not asked.
    func checkCarbon(at place: Place, into report: inout Report) {
        for (index, source) in settings.carbon.sources.enumerated() {
            guard let variable = source.tokenVariable, secrets[variable] == nil else { continue }
            report.warning(
                at: place["carbon"]["sources"][index]["token_variable"],
                "environment variable \(variable) is not set: the source is not asked",
                fix: "export it"
            )
        }
    }
}
