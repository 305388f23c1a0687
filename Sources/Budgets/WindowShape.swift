public import Domain

/// How a budget's time is cut into cells: calendar windows, or the narrow cells of which a rolling window covers many.
///
/// Instants are milliseconds since 1970, UTC. Cells are numbered from 1970 on and follow each other without a gap.
struct WindowShape: Hashable, Sendable {
    /// A rolling window covers this many cells and the one that is under way: what was taken leaves it late, by less
    /// than a 240th of the window, and never early.
    static let rollingCells: Int64 = 240
    /// The year 9999 ends here; what lies beyond or before 1970 is held to the range.
    private static let lastInstant: Int64 = 253_402_300_799_999

    private enum Cut: Hashable { case equal(milliseconds: Int64), months }
    private let cut: Cut
    /// How many cells the window covers, the one that is under way included.
    let span: Int64
    /// The window's length; a calendar month counts as 30 days.
    let milliseconds: Int64

    /// The shape of `window`; `nil` for a request's own, which needs no memory.
    init?(_ window: Budget.Window) {
        switch window {
        case .request: return nil
        case .calendar(let period):
            milliseconds = period.milliseconds
            cut = period == .month ? .months : .equal(milliseconds: milliseconds)
            span = 1
        case .rolling(let period):
            milliseconds = period.milliseconds
            cut = .equal(milliseconds: milliseconds / Self.rollingCells)
            span = Self.rollingCells + 1
        }
    }

    /// Whether windows begin and end with the calendar.
    var isCalendar: Bool { span == 1 }

    /// The width of a rolling window's cells; `nil` for calendar windows.
    var cellMilliseconds: Int64? {
        guard !isCalendar, case .equal(let width) = cut else { return nil }
        return width
    }

    /// The cell that `instant` lies in.
    func cell(of instant: Int64) -> Int64 {
        let instant = min(max(instant, 0), Self.lastInstant)
        switch cut {
        case .equal(let width): return instant / width
        case .months: return Self.month(ofDay: instant / Budget.Period.day.milliseconds)
        }
    }

    /// The first millisecond of a cell.
    func start(of cell: Int64) -> Int64 {
        switch cut {
        case .equal(let width): cell * width
        case .months: Self.firstDay(ofMonth: cell) * Budget.Period.day.milliseconds
        }
    }

    /// Months since January 1970, by the proleptic Gregorian calendar.
    ///
    /// Years are counted from March, so that the leap day is a year's last: H. Hinnant, "chrono-compatible low-level
    /// date algorithms", `civil_from_days`.
    private static func month(ofDay day: Int64) -> Int64 {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        return (yearOfEra + era * 400 - 1970) * 12 + monthFromMarch + 2
    }

    /// The inverse for a month's first day: Hinnant's `days_from_civil`.
    private static func firstDay(ofMonth month: Int64) -> Int64 {
        let fromMarch = month - 2 + 1970 * 12
        let (year, monthFromMarch) = (fromMarch / 12, fromMarch % 12)
        let (era, yearOfEra) = (year / 400, year % 400)
        let dayOfYear = (153 * monthFromMarch + 2) / 5
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Budget.Window {
    /// Until when something counts that is added at `instant`: to the end of the calendar's window, or for as long as a
    /// rolling one is; `nil` for the window of one request.
    public func end(from instant: Int64) -> Int64? {
        guard let shape = WindowShape(self) else { return nil }
        return shape.isCalendar ? shape.start(of: shape.cell(of: instant) + 1) : instant + shape.milliseconds
    }
}

extension Budget.Period {
    /// The length; a month counts as 30 days.
    var milliseconds: Int64 {
        switch self {
        case .minute: 60_000
        case .hour: 3_600_000
        case .day: 86_400_000
        case .month: 2_592_000_000
        }
    }
}
