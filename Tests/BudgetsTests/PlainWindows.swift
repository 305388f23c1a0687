import Domain

extension Budget.Scope {
    func covers(_ payer: Payer, _ tags: [String], _ model: ModelID) -> Bool {
        switch self {
        case .everyone: true
        case .organisation(let organisation): payer.organisation == organisation
        case .team(let team): payer.team == team
        case .key(let key): payer.key == key
        case .tag(let tag): tags.contains(tag)
        case .model(let other): model == other
        }
    }
}

extension Budget.Window {
    /// Whether what started at `start` counts in the window of `instant`; written without the book's own arithmetic.
    func holds(_ start: Int64, beside instant: Int64, now: Int64, isExact: Bool) -> Bool {
        switch self {
        case .request: return false
        case .calendar(.month): return CivilDays.month(of: start) == CivilDays.month(of: instant)
        case .calendar(let period): return start / Self.length(period) == instant / Self.length(period)
        case .rolling(let period):
            let length = Self.length(period)
            if isExact { return start > now - length }
            let cell = length / 240
            return start / cell + 240 >= now / cell
        }
    }

    private static func length(_ period: Budget.Period) -> Int64 {
        switch period {
        case .minute: minute
        case .hour: hour
        case .day: day
        case .month: 30 * day
        }
    }
}

/// The calendar by counting days.
enum CivilDays {
    /// Month starts from 1970 to 2031.
    private static let starts: [Int64] = {
        var starts: [Int64] = []
        var today: Int64 = 0
        for year in 1970...2031 {
            for length in [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as [Int64] {
                starts.append(today * day)
                today += length
            }
        }
        return starts
    }()

    static func start(ofMonth month: Int) -> Int64 { starts[month] }

    static func month(of instant: Int64) -> Int {
        // A guess that is never too late, and on from there.
        var month = Int(instant / (31 * day))
        while starts[month + 1] <= instant { month += 1 }
        return month
    }
}
