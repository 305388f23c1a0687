/// Made-up demand by name, the same for the same seed: `static_e6`, `normal_e4`, `daily_e5`.
///
/// The number is the power of ten of the mean. `static` is the same in all hours. `normal` is drawn from a normal distribution
/// with a third of the mean as its deviation, cut off at 0, as in Quality Time's experiments. `daily` has working days
/// and nights, 5 % noise on them, and no year.
public struct SyntheticDemand: Hashable, Sendable {
    private enum Course: String {
        case constant = "static"
        case normal
        case daily
    }

    private let course: Course
    /// The mean, in requests an hour; that of `normal` is a little higher, since it is cut off.
    public let mean: Double

    /// The demand of a name.
    ///
    /// - Throws: ``SeriesError/syntheticUnknown(_:)``.
    public init(_ name: String) throws(SeriesError) {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let course = Course(rawValue: String(parts[0])), parts[1].first == "e",
            let power = Int(parts[1].dropFirst()), (0...12).contains(power)
        else { throw .syntheticUnknown(name) }
        self.course = course
        mean = (0..<power).reduce(1) { mean, _ in mean * 10 }
    }

    /// A value for each hour; `seed` decides all chance.
    public func series(over hours: Range<Hour>, seed: UInt64) -> HourlySeries {
        var chance = NormalGenerator(seed: seed)
        let values = hours.map { hour in
            switch course {
            case .constant: mean
            case .normal: max(0, mean + mean / 3 * chance.next())
            case .daily: max(0, mean * Self.share(of: hour) * (1 + 0.05 * chance.next()))
            }
        }
        return HourlySeries(start: hours.lowerBound, values: values)
    }

    /// What an hour has of the mean: a parabola from 7 to 23 on a floor, less at weekends; their mean is 1.
    private static func share(of hour: Hour) -> Double {
        let fromMiddle = Double(hour.hourOfDay - 15) / 8
        let day = 0.4 + 1.2 * max(0, 1 - fromMiddle * fromMiddle)
        let weekday = hour.hourOfWeek < 120 ? 1.1 : 0.75
        return day * weekday / meanShare
    }

    /// Of a day of 0.4 + 1.2 · Σ(1 − (h/8)²)/24 = 0.4 + 1.2 · 10.625/24, and of weekdays (5 · 1.1 + 2 · 0.75)/7 = 1.
    private static let meanShare = 0.4 + 1.2 * 10.625 / 24
}
