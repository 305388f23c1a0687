/// How much less than foreseen may come, learnt from what came: a quantile of the last week's shortfalls, group by group.
///
/// A window that is short of quality is lifted by serving hours to come at the best tier, and only as far as there are
/// requests then. Counting on less than all of them keeps windows whole where forecasts are often too high, and holds back
/// nothing where they are right. Outages are too rare for a quantile: what they spoil is repaired.
struct DemandReserve {
    private static let hoursKept = 168
    private static let level = 0.9
    /// Never more than half: with less to count on plans would serve everything at the best tier beforehand.
    private static let shareMax = 0.5

    /// The shortfalls of each group's latest hours, as shares of what each outlook of the day before foresaw.
    private var shortfalls: [[[Double]]]

    init(groupCount: Int) { shortfalls = Array(repeating: [], count: groupCount) }

    /// Notes that `came` requests came in an hour of which so many had been foreseen, by one outlook after the other.
    mutating func note(_ came: Double, of foreseen: [Double], group: Int) {
        let shares = foreseen.filter { $0 > 0 }.map { max(0, 1 - came / $0) }
        guard !shares.isEmpty else { return }
        shortfalls[group].append(shares)
        if shortfalls[group].count > Self.hoursKept { shortfalls[group].removeFirst() }
    }

    /// The share of foreseen requests that is not counted on; 0 before anything is known.
    func share(_ group: Int) -> Double {
        let sorted = shortfalls[group].joined().sorted()
        guard !sorted.isEmpty else { return 0 }
        return min(sorted[Int(Self.level * Double(sorted.count - 1))], Self.shareMax)
    }
}
