/// Why a scenario makes no sense, or can't be served as asked.
public enum ScenarioError: Error, Hashable, Sendable {
    /// There is no hour.
    case noHours
    /// Demand and intensity have different numbers of hours.
    case lengthsDiffer(hours: Int, groups: Int, demand: Int)
    /// Prices and intensity have different numbers of hours.
    case pricesDiffer(hours: Int, prices: Int)
    /// A grid of its own for a tier that there is not, or with another number of hours than the scenario.
    case tierIntensity(tier: Int, hours: Int, expected: Int)
    /// The past's demand and quality differ in length, or hold part of an hour.
    case pastDiffers
    /// A value of an hour is no number, or negative.
    case notANumber(String, hour: Int, value: Double)
    /// A validity period below one hour.
    case validity(Int)
    /// The fleet makes no sense: what is wrong with it.
    case fleet(String)
    /// The groups make no sense: what is wrong with them.
    case groups(String)
    /// Not even all machines serve an hour's requests.
    case capacity(hour: Int, demand: Double, capacity: Double)
    /// The target is above what can be reached.
    case targetOutOfReach(target: Double, best: Double)
    /// The budget is below what the least quality costs.
    case budgetOutOfReach(budget: Double, least: Double, PlanMetric)
    /// A target that is not from 0 to 1, or a budget that is negative or none.
    case goal(Double)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .noHours: "there is no hour to plan"
        case .lengthsDiffer(let hours, let groups, let demand):
            "\(hours) hours of intensity and \(groups) user groups need \(hours * groups) values of demand, not \(demand)"
        case .pricesDiffer(let hours, let prices): "\(hours) hours need as many energy prices, not \(prices)"
        case .tierIntensity(let tier, let hours, let expected):
            "tier \(tier) has \(hours) hours of intensity of its own: name a tier that there is, and all \(expected) hours"
        case .pastDiffers: "past demand and past quality need a value for each group and hour"
        case .notANumber(let what, let hour, let value): "\(what) of hour \(hour) is \(value): it must be 0 or more"
        case .validity(let hours): "a validity period of \(hours) hours: it must be 1 or more"
        case .fleet(let reason), .groups(let reason): reason
        case .capacity(let hour, let demand, let capacity):
            "hour \(hour) has \(demand) requests, and all machines together serve \(capacity), a million of a type at most: "
                + "raise a machine's limit or throughput, or plan fewer requests"
        case .targetOutOfReach(let target, let best):
            "a quality of responses of \(target) is out of reach: the best that can be reached is \(best)"
        case .budgetOutOfReach(let budget, let least, let metric):
            "a budget of \(budget) \(metric.unit) is out of reach: the least quality costs \(least) \(metric.unit)"
        case .goal(let value): "\(value) is neither a target from 0 to 1 nor a budget"
        }
    }

    /// Refuses values that are negative or none.
    static func check(_ values: [Double], _ what: String, width: Int) throws(ScenarioError) {
        guard let index = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) else { return }
        throw .notANumber(what, hour: index / max(width, 1), value: values[index])
    }
}
