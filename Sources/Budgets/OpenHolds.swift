internal import Domain

/// The holds that are not settled, oldest first, and the expired ones whose settlement may still come.
///
/// Holds lie in one array and are linked by their places in it. Each is in one of three lists: open, expired or free.
/// A place's number changes each time that it is given out, so that an old ticket finds nothing.
struct OpenHolds: Sendable {
    /// One hold.
    struct Record: Sendable {
        var set: AccountSet
        /// Places of the accounts, the model's included.
        var accounts: [Int]
        let model: ModelID
        let request: RequestID
        let startedAt: Int64
        /// When it was made.
        let since: Int64
        /// What earlier attempts of the same request had spent.
        let before: Charge
        /// What is held; once expired, what was charged for it.
        var amounts: Charge
        fileprivate(set) var isExpired = false
    }

    private struct Place: Sendable {
        var number: UInt64 = 0
        var record: Record?
        var newer = -1
        var older = -1
    }

    private struct List: Sendable {
        private var newest = -1
        private(set) var oldest = -1
        private(set) var count = 0

        mutating func append(_ place: Int, to places: inout [Place]) {
            places[place].newer = -1
            places[place].older = newest
            if newest >= 0 { places[newest].newer = place } else { oldest = place }
            newest = place
            count += 1
        }

        mutating func remove(_ place: Int, from places: inout [Place]) {
            let (newer, older) = (places[place].newer, places[place].older)
            if newer >= 0 { places[newer].older = older } else { newest = older }
            if older >= 0 { places[older].newer = newer } else { oldest = newer }
            count -= 1
        }
    }

    /// At most this many expired holds are remembered.
    static let expiredMax = 16_384

    private var places: [Place] = []
    private var open = List()
    private var expired = List()
    private var firstFree = -1
    private var lastNumber: UInt64 = 0

    /// How many are open.
    var count: Int { open.count }

    /// When the oldest open hold was made.
    var oldestSince: Int64? { open.oldest < 0 ? nil : places[open.oldest].record?.since }

    /// Takes in a new hold.
    mutating func insert(_ record: Record) -> Hold {
        if firstFree < 0 {
            places.append(Place())
            firstFree = places.count - 1
        }
        let place = firstFree
        firstFree = places[place].older
        lastNumber += 1
        places[place].number = lastNumber
        places[place].record = record
        open.append(place, to: &places)
        return Hold(granted: record.amounts, place: place, number: lastNumber)
    }

    /// The record of a hold that is open.
    func record(of hold: Hold) -> Record? {
        guard isKnown(hold), let record = places[hold.place].record, !record.isExpired else { return nil }
        return record
    }

    /// Sets what an open hold holds.
    mutating func set(_ amounts: Charge, for hold: Hold) { places[hold.place].record?.amounts = amounts }

    /// Forgets a hold and returns its record; `nil` the second time.
    mutating func remove(_ hold: Hold) -> Record? {
        guard isKnown(hold) else { return nil }
        return free(hold.place)
    }

    /// Moves the oldest open hold to the expired ones, charged with `amounts`.
    mutating func expireOldest(charging amounts: Charge) {
        let place = open.oldest
        guard place >= 0 else { return }
        open.remove(place, from: &places)
        places[place].record?.isExpired = true
        places[place].record?.amounts = amounts
        if expired.count == Self.expiredMax { _ = free(expired.oldest) }
        expired.append(place, to: &places)
    }

    /// The oldest open record.
    var oldest: Record? { open.oldest < 0 ? nil : places[open.oldest].record }

    /// Changes all records, such as when accounts have moved.
    mutating func update(_ change: (inout Record) -> Void) {
        for place in places.indices {
            guard var record = places[place].record else { continue }
            change(&record)
            places[place].record = record
        }
    }

    /// Calls `body` with each open record, oldest first, until it returns false.
    func forEachOpen(_ body: (Record) -> Bool) {
        var place = open.oldest
        while place >= 0, let record = places[place].record, body(record) { place = places[place].newer }
    }

    private func isKnown(_ hold: Hold) -> Bool {
        places.indices.contains(hold.place) && places[hold.place].number == hold.number
            && places[hold.place].record != nil
    }

    private mutating func free(_ place: Int) -> Record? {
        let record = places[place].record.take()
        if record?.isExpired == true { expired.remove(place, from: &places) } else { open.remove(place, from: &places) }
        places[place].older = firstFree
        firstFree = place
        return record
    }
}
