/// The readings of one zone in order, one for each start.
public struct IntensitySeries: Hashable, Sendable {
    /// By rising start.
    public private(set) var readings: [IntensityReading] = []
    /// The oldest are dropped beyond so many.
    public let readingsMax: Int

    /// An empty series.
    public init(readingsMax: Int) { self.readingsMax = max(readingsMax, 1) }

    /// Adds readings in any order.
    ///
    /// Of two for the same start the one of more worth stays, and the newer of equals.
    public mutating func insert(_ new: [IntensityReading]) {
        let all = readings + new
        // As files have them, there is nothing to sort.
        if zip(all, all.dropFirst()).allSatisfy({ $0.start < $1.start }) {
            readings = all.suffix(readingsMax)
            return
        }
        var byStart: [Int64: IntensityReading] = [:]
        for reading in all {
            if let old = byStart[reading.start], old.kind > reading.kind { continue }
            byStart[reading.start] = reading
        }
        readings = byStart.values.sorted { $0.start < $1.start }.suffix(readingsMax)
    }

    /// The reading that holds at a time; `nil` in gaps, before the first and after the last.
    public func reading(at time: Int64) -> IntensityReading? {
        guard let index = index(at: time), time < end(of: index) else { return nil }
        return readings[index]
    }

    /// The last reading that began at a time or before it, whether it still holds or not, and when it ceased to.
    func last(before time: Int64) -> (reading: IntensityReading, end: Int64)? {
        index(at: time).map { (readings[$0], end(of: $0)) }
    }

    /// The mean over a stretch of time, each reading weighted by how long it holds there.
    ///
    /// - Returns: Grams of CO2e for each kilowatt-hour, and which share of the time has readings; `nil` if none has.
    public func mean(over range: Range<Int64>) -> (gramsPerKilowattHour: Double, coverage: Double)? {
        var index = index(at: range.lowerBound) ?? 0
        var (sum, covered) = (0.0, 0.0)
        while index < readings.count, readings[index].start < range.upperBound {
            let seconds = min(end(of: index), range.upperBound) - max(readings[index].start, range.lowerBound)
            if seconds > 0 {
                sum += readings[index].gramsPerKilowattHour * Double(seconds)
                covered += Double(seconds)
            }
            index += 1
        }
        guard covered > 0 else { return nil }
        return (sum / covered, covered / Double(range.upperBound - range.lowerBound))
    }

    /// The same series in steps of another length: finer ones repeat a reading, coarser ones are means; gaps stay gaps.
    ///
    /// - Parameters:
    ///   - range: From where to where; its last step may reach beyond.
    ///   - step: Seconds, 1 or more.
    /// - Returns: A reading for each step that has any, of its least worth; no more than the series may hold.
    public func resampled(over range: Range<Int64>, step: Int64) -> [IntensityReading] {
        var result: [IntensityReading] = []
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Int(clamping: max(step, 1))) {
            let end = start.addingReportingOverflow(max(step, 1))
            guard !end.overflow, result.count < readingsMax else { break }
            guard let mean = mean(over: start..<end.partialValue) else { continue }
            let worst = kinds(in: start..<end.partialValue).min() ?? .estimated
            let reading = IntensityReading(
                start: start,
                seconds: step,
                gramsPerKilowattHour: mean.gramsPerKilowattHour,
                kind: worst
            )
            if let reading { result.append(reading) }
        }
        return result
    }

    private func kinds(in range: Range<Int64>) -> [IntensityReading.Kind] {
        var index = index(at: range.lowerBound) ?? 0
        var kinds: [IntensityReading.Kind] = []
        while index < readings.count, readings[index].start < range.upperBound {
            if end(of: index) > range.lowerBound { kinds.append(readings[index].kind) }
            index += 1
        }
        return kinds
    }

    /// When a reading ceases to hold: when it says, at the next one, or after the usual step where neither is sooner.
    private func end(of index: Int) -> Int64 {
        let reading = readings[index]
        let end = reading.start + (reading.seconds ?? usualSeconds(around: index))
        return index + 1 < readings.count ? min(end, readings[index + 1].start) : end
    }

    /// The shorter of the steps to both neighbours, an hour at most: a longer one is a gap.
    private func usualSeconds(around index: Int) -> Int64 {
        let start = readings[index].start
        let before = index > 0 ? start - readings[index - 1].start : 3600
        let behind = index + 1 < readings.count ? readings[index + 1].start - start : 3600
        return min(before, behind, 3600)
    }

    /// The index of the last reading that began at a time or before.
    private func index(at time: Int64) -> Int? {
        var (low, high) = (0, readings.count)
        while low < high {
            let middle = (low + high) / 2
            if readings[middle].start <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}
