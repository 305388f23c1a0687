/// A way of deciding how much of which tier.
public enum PlanStrategy: Hashable, Sendable, Codable {
    /// All hours at once, from true values: the best that can be done.
    case full
    /// Hour by hour, from forecasts, over a horizon that rolls.
    case online(OnlineOptions)
    /// A budget spread over the hours, each of which buys what its share pays.
    case greedy(GreedyOptions)
    /// The same quality in every hour.
    case constantMix
    /// Everything at the best tier.
    case allBest
    /// Everything at the worst tier.
    case allLowest

    /// The name that the command and results call it by.
    public var name: String {
        switch self {
        case .full: "qt"
        case .online: "qt_online"
        case .greedy: "greedy"
        case .constantMix: "constant_mix"
        case .allBest: "all_best"
        case .allLowest: "all_lowest"
        }
    }
}

/// How hours are planned one after the other.
public struct OnlineOptions: Hashable, Sendable, Codable {
    /// Hours that are planned ahead.
    public var horizonHours: Int
    /// Hours between forecasts.
    public var refreshHours: Int
    /// The hours of an outage that windows are insured against; `nil` goes by their length.
    public var insuredHours: Int?

    /// Options.
    public init(horizonHours: Int = 168, refreshHours: Int = 3, insuredHours: Int? = nil) {
        self.horizonHours = horizonHours
        self.refreshHours = refreshHours
        self.insuredHours = insuredHours
    }

    /// The hours of an outage that windows of a length are insured against: if nothing else is said one for three days.
    ///
    /// An hour is little of a long window, which has time to come by it where the grid is clean: two of a week's cost a few
    /// points of the saving that is kept, one of a day's a quarter of it. So shorter windows than three days have none.
    func insuredHours(validity: Int) -> Int { max(insuredHours ?? validity / 72, 0) }
}

/// How a budget is spread.
public struct GreedyOptions: Hashable, Sendable, Codable {
    /// What an hour's share goes by.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// All hours get the same.
        case constant
        /// By what is expected of requests times intensity.
        case weighted
    }

    /// What an hour's share goes by.
    public var mode: Mode
    /// Hours between forecasts.
    public var refreshHours: Int

    /// Options.
    public init(mode: Mode = .weighted, refreshHours: Int = 24) {
        self.mode = mode
        self.refreshHours = refreshHours
    }
}

/// What is expected of the hours to come.
public protocol PlanOutlook: Sendable {
    /// What is known at the beginning of `hour` of `count` hours from it on.
    ///
    /// - Returns: Requests hour by hour and group by group, and g CO2e/kWh hour by hour.
    func expectation(at hour: Int, count: Int) -> (demand: [Double], intensity: [Double])
}

/// An outlook that comes true.
public struct TrueOutlook: PlanOutlook {
    private let scenario: Scenario

    /// The outlook of one who knows the scenario.
    public init(_ scenario: Scenario) { self.scenario = scenario }

    /// What comes.
    public func expectation(at hour: Int, count: Int) -> (demand: [Double], intensity: [Double]) {
        let hours = hour..<min(hour + count, scenario.hourCount)
        let groups = scenario.groups.count
        return (
            Array(scenario.demand[hours.lowerBound * groups..<hours.upperBound * groups]),
            Array(scenario.intensity[hours])
        )
    }
}
