/// A bounded map that forgets values that were not used lately: the second-chance algorithm.
///
/// A hand goes round over the places. A value that was used since it last came by stays, and is due the next time.
struct RecentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let key: Key
        var value: Value
        var isRecent = true
    }

    private let capacity: Int
    private var places: [Key: Int] = [:]
    private var entries: [Entry] = []
    private var hand = 0

    /// An empty map for at most `capacity` values, 1 or more.
    init(capacity: Int) { self.capacity = max(capacity, 1) }

    var count: Int { entries.count }

    /// What `body` makes of the value for `key`, if there is one.
    mutating func withValue<Result>(for key: Key, _ body: (inout Value) -> Result?) -> Result? {
        guard let place = places[key] else { return nil }
        entries[place].isRecent = true
        return body(&entries[place].value)
    }

    /// Changes the value for `key`, which is `initial` at first.
    mutating func update(_ key: Key, default initial: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        let place = places[key] ?? insert(initial(), for: key)
        entries[place].isRecent = true
        change(&entries[place].value)
    }

    private mutating func insert(_ value: Value, for key: Key) -> Int {
        guard entries.count == capacity else {
            entries.append(Entry(key: key, value: value))
            places[key] = entries.count - 1
            return entries.count - 1
        }
        while entries[hand].isRecent {
            entries[hand].isRecent = false
            hand = (hand + 1) % capacity
        }
        let place = hand
        places[entries[place].key] = nil
        entries[place] = Entry(key: key, value: value)
        places[key] = place
        hand = (hand + 1) % capacity
        return place
    }
}
