/// Hours in which a promise of quality is kept together: a validity period.
public struct Window: Hashable, Sendable {
    /// Those of its hours that are planned; hours before the first of a scenario have been served already.
    public let hours: Range<Int>
    /// How many hours before the first belong to it.
    public let pastHours: Int

    /// A window.
    public init(hours: Range<Int>, pastHours: Int) {
        self.hours = hours
        self.pastHours = pastHours
    }

    /// All windows of `length` hours that lie in `0..<hourCount` and touch `range`: one begins in every hour that allows it.
    ///
    /// - Parameters:
    ///   - range: The hours that are touched.
    ///   - length: The hours of a window.
    ///   - hourCount: How many hours there are.
    ///   - past: Whether those that begin before the range are among them.
    ///   - future: Whether those that end after it are.
    /// - Returns: The hours of each, by their beginnings.
    public static func touching(
        _ range: Range<Int>,
        length: Int,
        hourCount: Int,
        past: Bool = true,
        future: Bool = true
    ) -> [Range<Int>] {
        guard length >= 1, length <= hourCount, !range.isEmpty else { return [] }
        let first = past ? max(0, range.lowerBound - length + 1) : max(0, range.lowerBound)
        let last = future ? min(range.upperBound - 1, hourCount - length) : min(range.upperBound, hourCount) - length
        return first <= last ? (first...last).map { $0..<$0 + length } : []
    }
}

extension Scenario {
    /// The windows in which the promise is to be kept, by their beginnings.
    public var windows: [Window] { windows(insured: 0) }

    /// Farther ahead than so many hours an insurance changes hardly what is served now.
    private static var insuredReach: Int { 96 }

    /// Windows, and before each as much of it as ends some hours earlier: it keeps the promise without requests in those.
    ///
    /// - Parameter hours: The hours of an outage that breaks next to no window, whenever it begins.
    /// - Returns: The windows, by their beginnings; ends fall from a window to the part of the next.
    func windows(insured hours: Int) -> [Window] {
        let pastHours = min(past.demand.count / groups.count, validityHours - 1)
        var windows: [Window] = []
        for first in -pastHours..<hourCount {
            let end = first + validityHours
            guard end <= hourCount || ending == .insidePart else { break }
            // The past alone can't be changed any more.
            guard end > 0 else { continue }
            let cut = end - hours
            if hours > 0, cut > max(first, 0), cut <= Self.insuredReach, cut < hourCount {
                windows.append(Window(hours: max(first, 0)..<cut, pastHours: max(-first, 0)))
            }
            windows.append(Window(hours: max(first, 0)..<min(end, hourCount), pastHours: max(-first, 0)))
        }
        return windows
    }

    /// What a group's requests of a window's past hours were, and the sum of their qualities.
    func past(of window: Window, group: Int) -> (demand: Double, quality: Double) {
        let hours = past.demand.count / groups.count
        return (hours - window.pastHours..<hours).reduce(into: (0, 0)) { sums, hour in
            sums.0 += past.demand[hour * groups.count + group]
            sums.1 += past.quality[hour * groups.count + group]
        }
    }
}
