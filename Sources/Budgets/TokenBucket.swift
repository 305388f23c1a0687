/// A token bucket: `limit` a minute in the long run, and as many at once after a quiet minute.
///
/// The level is kept in 60,000ths, so that a millisecond adds exactly `limit` of them and nothing is ever rounded away.
/// It falls below 0 where more was used than asked for, and has to rise again first. Instants are milliseconds of a
/// clock that does not go back; where it does, time stands still.
struct TokenBucket: Hashable, Sendable {
    private static let parts: Int64 = 60_000
    /// Above this nothing is a limit.
    private static let limitMax: Int64 = 1_000_000_000_000

    /// How many a minute, 0 or more.
    private(set) var limit: Int64
    private var level: Int64
    private var updated: Int64

    /// A full bucket.
    init(limit: Int64, now: Int64) {
        self.limit = min(max(limit, 0), Self.limitMax)
        level = self.limit * Self.parts
        updated = now
    }

    /// Lets in what has come since.
    mutating func advance(to now: Int64) {
        guard now > updated else { return }
        let (gain, overflows) = limit.multipliedReportingOverflow(by: now - updated)
        level = overflows ? capacity : min(capacity, level.addingClamped(gain))
        updated = now
    }

    /// Changes how many come a minute: what is there stays, as far as there is room.
    mutating func resize(to limit: Int64, now: Int64, isFull: Bool) {
        advance(to: now)
        self.limit = min(max(limit, 0), Self.limitMax)
        level = isFull ? capacity : min(level, capacity)
    }

    /// Whether the bucket will ever hold so many.
    func couldHold(_ count: Int64) -> Bool { count <= limit }

    /// In how many milliseconds so many will be there, if none is taken by then; 0 if they are.
    func wait(for count: Int64) -> Int64 {
        let missing = Self.scaled(count).subtractingClamped(level)
        return missing > 0 ? Self.quotient(missing, limit) : 0
    }

    /// Takes out so many, whether they are there or not.
    mutating func take(_ count: Int64) { level = level.subtractingClamped(Self.scaled(count)) }

    /// Gives back so many that were taken; negative for more that were used.
    mutating func giveBack(_ count: Int64) { level = min(capacity, level.addingClamped(Self.scaled(count))) }

    /// How many are there.
    var remaining: Int64 { max(level, 0) / Self.parts }

    /// In how many milliseconds it will be full.
    var resetMilliseconds: Int64 { Self.quotient(capacity.subtractingClamped(level), limit) }

    private var capacity: Int64 { limit * Self.parts }

    private static func scaled(_ count: Int64) -> Int64 {
        let (product, overflows) = count.multipliedReportingOverflow(by: parts)
        return overflows ? (count > 0 ? .max : .min) : product
    }

    /// Rounded up; nothing comes by waiting for a limit of 0.
    private static func quotient(_ amount: Int64, _ limit: Int64) -> Int64 {
        guard limit > 0 else { return amount > 0 ? .max : 0 }
        return amount / limit + (amount % limit > 0 ? 1 : 0)
    }
}
