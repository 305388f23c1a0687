/// The hours to come as they are expected: an outlook that is renewed now and then, with its hours packed.
///
/// Beyond the horizon a typical day of it is repeated for as long as a window and some days more, and only what then is left
/// of windows has to keep the promise alone: without that a plan would put quality off for ever, without the repeated days
/// it would hurry. What hours to come can lift a window by is counted with a ``DemandReserve``.
struct HoursAhead {
    /// Repeated hours besides those of a window; more of them change nothing that can be measured.
    private static let sequelHours = 96
    private static let dayHours = 24

    private let truth: Scenario
    private let metric: PlanMetric
    private let options: OnlineOptions
    private let packed: PackedScenario
    /// The hour at which the outlook was taken: the first that it is about.
    private var begin = 0
    /// How many hours it is about; the typical day follows them.
    private var outlookCount = 0
    /// Requests, hour by hour and group by group.
    private var demand: [Double] = []
    private var intensity: [Double] = []
    private var energyPrice: [Double] = []
    private(set) var curves: [HourCurve] = []
    /// The outlook at hand and those of the last day: their first hours, and the requests that they foresaw.
    private var latest: [(begin: Int, demand: [Double])] = []
    private var reserve: DemandReserve
    /// Requests times what a kWh counts: of the hours that came, and what was foreseen of them.
    private var loads = (came: 0.0, foreseen: 0.0)

    /// What nothing is known of yet.
    ///
    /// - Parameters:
    ///   - packed: What will come, with a packer that has room for what may be expected.
    ///   - options: How far is looked ahead, and how often.
    init(_ packed: PackedScenario, options: OnlineOptions) {
        truth = packed.scenario
        metric = packed.metric
        self.packed = packed
        self.options = options
        reserve = DemandReserve(groupCount: truth.groups.count)
    }

    /// Comes to an hour: learns from what was expected of it, and takes a new outlook if it is time.
    ///
    /// - Returns: Whether the outlook is new.
    mutating func arrive(at hour: Int, _ outlook: some PlanOutlook) -> Bool {
        if hour > 0 { learn(from: hour) }
        guard hour == 0 || hour - begin >= options.refreshHours else { return false }
        look(from: hour, outlook)
        return true
    }

    /// Compares an hour with what was foreseen of it, by all outlooks of the day before: windows count on hours that are
    /// near and on hours that are far.
    private mutating func learn(from hour: Int) {
        latest.removeAll { hour - $0.begin > Self.dayHours && $0.begin != begin }
        let groups = truth.groups.count
        loads.came += truth.totalDemand(hour) * packed.rates[hour][0]
        for group in 0..<groups {
            // A short horizon may have ended before the hour.
            let outlooks = latest.compactMap { outlook -> Double? in
                let place = (hour - outlook.begin) * groups + group
                return place < outlook.demand.count ? outlook.demand[place] : nil
            }
            reserve.note(truth.demand[hour * groups + group], of: outlooks, group: group)
            loads.foreseen += demand[(hour - begin) * groups + group] * rate(at: hour - begin)
        }
    }

    private mutating func look(from hour: Int, _ outlook: some PlanOutlook) {
        let count = min(options.horizonHours + options.refreshHours, truth.hourCount - hour)
        let expected = outlook.expectation(at: hour, count: count)
        begin = hour
        // No plan can be made for hours of which nothing, or no number, is expected: those count as none.
        intensity = expected.intensity.map { $0.isFinite ? max($0, 0) : 0 }
        demand = expected.demand.map { $0.isFinite ? min(max($0, 0), packed.packer.demandMax) : 0 }
        latest.append((hour, demand))
        // Markets tell prices a day ahead; those of that day are repeated.
        energyPrice = intensity.indices.map { truth.energyPrice[hour + $0 % Self.dayHours] }
        outlookCount = intensity.count
        addTypicalDay()
        curves = intensity.indices.map { curve(at: $0) ?? packed.curves[min(hour + $0, truth.hourCount - 1)] }
    }

    /// Adds a day that stands for those beyond the horizon: hour by hour the mean of the horizon's days.
    ///
    /// Its last day may be like no other, by the wind or by demand: thought to go on, it moves quality to days that never
    /// come.
    private mutating func addTypicalDay() {
        let groups = truth.groups.count
        for phase in 0..<typicalCount {
            let places = stride(from: phase, to: min(options.horizonHours, outlookCount), by: Self.dayHours)
            func mean(_ value: (Int) -> Double) -> Double {
                let sum = places.reduce((count: 0.0, value: 0.0)) { ($0.count + 1, $0.value + value($1)) }
                return sum.value / sum.count
            }
            demand += (0..<groups).map { group in mean { demand[$0 * groups + group] } }
            intensity.append(mean { intensity[$0] })
            energyPrice.append(energyPrice[phase])
        }
    }

    /// Hours of the typical day: a short horizon has but its own.
    private var typicalCount: Int { min(Self.dayHours, options.horizonHours, outlookCount) }

    private func curve(at place: Int) -> HourCurve? {
        let groups = truth.groups.count
        let requests = demand[place * groups..<(place + 1) * groups]
        let premium = truth.groups.indices.reduce(0) { sum, group in
            sum + (truth.isPremium(group) ? requests[place * groups + group] : 0)
        }
        let total = min(requests.reduce(0, +), packed.packer.demandMax)
        let (share, rates) = (min(premium, total), EnergyRates(repeating: rate(at: place)))
        return packed.isRelaxed
            ? packed.packer.relaxedCurve(demand: total, premium: share, rates: rates)
            : packed.packer.curve(demand: total, premium: share, rates: rates)
    }

    /// What a kWh counts in an expected hour.
    private func rate(at place: Int) -> Double {
        switch metric {
        case .carbon: intensity[place]
        case .energy: 1
        case .money: max(energyPrice[place], 0)
        }
    }

    /// How many times what is foreseen comes, as far as is known; never less than once.
    var excess: Double { loads.foreseen > 0 ? max(loads.came / loads.foreseen, 1) : 1 }

    /// Whether hours come as they were foreseen, as far as is known: nothing is held in reserve.
    var isCertain: Bool { truth.groups.indices.allSatisfy { reserve.share($0) == 0 } }

    /// The hours of an outage that windows are insured against.
    var insuredHours: Int { options.insuredHours(validity: truth.validityHours) }

    /// The place after the last expected hour of the horizon that begins with `hour`.
    private func end(of hour: Int) -> Int {
        let first = hour - begin
        return max(min(first + options.horizonHours, outlookCount), first + 1)
    }

    /// Whether the horizon that begins with an hour ends before the last hour there is.
    func endsEarly(from hour: Int) -> Bool { begin + end(of: hour) < truth.hourCount }

    /// The places of expected hours that follow `hour`: those of the horizon, then its typical day again and again.
    func places(after hour: Int) -> [Int] {
        let places = Array(hour - begin + 1..<end(of: hour))
        guard endsEarly(from: hour) else { return places }
        return places + repeated(from: hour, count: truth.validityHours + Self.sequelHours)
    }

    /// Curves for all hours after `hour` that there are; the typical day stands for those beyond the horizon.
    func curvesToTheEnd(after hour: Int) -> [HourCurve] {
        let places = Array(hour - begin + 1..<end(of: hour))
        return (places + repeated(from: hour, count: truth.hourCount - begin - end(of: hour))).map { curves[$0] }
    }

    private func repeated(from hour: Int, count: Int) -> [Int] {
        let end = end(of: hour)
        return (0..<count).map { outlookCount + (end + $0) % typicalCount }
    }

    /// An hour and those at `places` after it, with what was served before.
    func scenario(from hour: Int, _ places: [Int], past: Scenario.Past) throws(ScenarioError) -> Scenario {
        let groups = truth.groups.count
        let atHand = Array(truth.demand[hour * groups..<(hour + 1) * groups])
        let foreseen = places.flatMap { demand[$0 * groups..<($0 + 1) * groups] }
        let counted = truth.groups.indices.map { 1 - reserve.share($0) }
        let sure = foreseen.enumerated().map { $1 * counted[$0 % groups] }
        return try Scenario(
            demand: atHand + foreseen,
            demandFloor: atHand + sure,
            intensity: [truth.intensity[hour]] + places.map { intensity[$0] },
            energyPrice: [truth.energyPrice[hour]] + places.map { energyPrice[$0] },
            groups: truth.groups,
            fleet: truth.fleet,
            validityHours: truth.validityHours,
            past: past,
            ending: endsEarly(from: hour) ? .insidePart : .ignored
        )
    }
}
