extension Scenario {
    /// The same machines, but for those that had better run through a gap than be started after it.
    ///
    /// The n-th machine of a type at a tier runs in every hour that needs n of them. Between two stretches of such hours it
    /// is switched off, or runs idle where that costs less than its start.
    ///
    /// - Parameters:
    ///   - machines: Those needed, hour by hour, tier by tier and type by type.
    ///   - metric: What is spent.
    /// - Returns: Those that run, in the same order.
    func idling(_ machines: [Double], for metric: PlanMetric) -> [Double] {
        guard fleet.hasStarts else { return machines }
        let rates = metric.rates(of: self)
        let width = fleet.tiers.count * fleet.machines.count
        let (running, starting) = (
            rates.map { fleet.hourPrices(metric, rates: $0) }, rates.map { fleet.startPrices(metric, rates: $0) }
        )
        var kept = machines
        for slot in 0..<width where fleet.machines[slot % fleet.machines.count].start != nil {
            let needed = (0..<hourCount).map { machines[$0 * width + slot] }
            for gap in Self.gaps(needed) {
                let idle = gap.reduce(0) { $0 + running[$1][slot] }
                guard idle < starting[gap.upperBound][slot] else { continue }
                guard gap.allSatisfy({ hasRoom(for: slot % fleet.machines.count, hour: $0, beside: kept) }) else {
                    continue
                }
                for hour in gap { kept[hour * width + slot] += 1 }
            }
        }
        return kept
    }

    /// Hours in which a machine is not needed that was needed before and is again after them, one machine after another.
    private static func gaps(_ needed: [Double]) -> [Range<Int>] {
        var gaps: [Range<Int>] = []
        // The hours at which machines were switched off that are still off: the first of them the last to be needed again.
        var off: [Int] = []
        for hour in needed.indices.dropFirst() {
            let change = Int((needed[hour] - needed[hour - 1]).rounded())
            if change < 0 { off += Array(repeating: hour, count: -change) }
            for _ in 0..<max(change, 0) {
                guard let since = off.popLast() else { break }
                gaps.append(since..<hour)
            }
        }
        return gaps
    }

    private func hasRoom(for type: Int, hour: Int, beside machines: [Double]) -> Bool {
        guard let limit = fleet.machines[type].countMax else { return true }
        let used = fleet.tiers.indices.reduce(0) {
            $0 + machines[(hour * fleet.tiers.count + $1) * fleet.machines.count + type]
        }
        return used < Double(limit)
    }
}
