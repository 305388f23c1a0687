internal import Domain

/// A bounded map that forgets what was asked for least recently, and what has grown too old.
///
/// Entries lie in one array and are linked by their places in it, from the most to the least recently used; places that
/// fall free are linked through the same field. Invariant: each entry in the array is either in `places` and in the
/// list of used ones, or empty and in the list of free ones.
///
/// A value without a lock or a clock: its owner brings both. Instants are nanoseconds of the monotonic clock.
public struct LRUCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        /// `nil` in a free place, so that nothing forgotten is kept alive.
        var content: (key: Key, value: Value)?
        var bytes = 0
        var expires = UInt64.max
        /// Towards the more recently used; -1 at the end.
        var newer = -1
        /// Towards the less recently used, or the next free place; -1 at the end.
        var older = -1
    }

    /// At most this many entries.
    public let capacity: Int
    /// At most this many bytes in all, by the sizes that ``insert(_:for:bytes:now:)`` is told; `nil` for no limit.
    public let bytesMax: Int?
    /// How long an entry is good; `nil` for ever.
    public let timeToLive: Duration?
    /// Bytes of all entries, as told.
    public private(set) var bytes = 0
    private var places: [Key: Int] = [:]
    private var entries: [Entry] = []
    private var newest = -1
    private var oldest = -1
    private var firstFree = -1

    /// An empty cache; a capacity of 0 or less keeps nothing.
    public init(capacity: Int, bytesMax: Int? = nil, timeToLive: Duration? = nil) {
        self.capacity = capacity
        self.bytesMax = bytesMax
        self.timeToLive = timeToLive
    }

    /// How many entries there are, expired ones included until they are come across.
    public var count: Int { places.count }

    /// The value for `key`, which becomes the most recently used; `nil` if there is none or it has expired by `now`.
    ///
    /// - Complexity: O(1).
    public mutating func value(for key: Key, now: UInt64) -> Value? {
        guard let place = places[key] else { return nil }
        guard entries[place].expires > now else {
            evict(place)
            return nil
        }
        if place != newest {
            unlink(place)
            link(place)
        }
        return entries[place].content?.value
    }

    /// Keeps `value` of `bytes` for `key` as the most recently used, in place of what was there.
    ///
    /// Makes room by forgetting the least recently used. A value that is larger than the whole cache is not kept.
    ///
    /// - Complexity: O(1), and O(1) for each entry forgotten.
    public mutating func insert(_ value: Value, for key: Key, bytes size: Int = 0, now: UInt64) {
        removeValue(for: key)
        let size = max(size, 0)
        let limit = bytesMax ?? .max
        guard capacity > 0, size <= limit else { return }
        while places.count >= capacity || bytes > limit - size { evict(oldest) }

        let place = freePlace()
        entries[place].content = (key, value)
        entries[place].bytes = size
        entries[place].expires = expiry(from: now)
        places[key] = place
        bytes += size
        link(place)
    }

    /// Forgets `key`.
    public mutating func removeValue(for key: Key) {
        if let place = places[key] { evict(place) }
    }

    /// Forgets everything.
    public mutating func removeAll() {
        self = LRUCache(capacity: capacity, bytesMax: bytesMax, timeToLive: timeToLive)
    }

    private func expiry(from now: UInt64) -> UInt64 {
        guard let timeToLive else { return .max }
        let (instant, overflows) = now.addingReportingOverflow(UInt64(max(timeToLive.nanoseconds, 0)))
        return overflows ? .max : instant
    }

    private mutating func freePlace() -> Int {
        guard firstFree >= 0 else {
            entries.append(Entry())
            return entries.count - 1
        }
        defer { firstFree = entries[firstFree].older }
        return firstFree
    }

    private mutating func evict(_ place: Int) {
        unlink(place)
        if let key = entries[place].content?.key { places[key] = nil }
        bytes -= entries[place].bytes
        entries[place] = Entry(older: firstFree)
        firstFree = place
    }

    /// Puts the entry at `place`, which is in no list, at the newest end.
    private mutating func link(_ place: Int) {
        entries[place].newer = -1
        entries[place].older = newest
        if newest >= 0 { entries[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (entries[place].newer, entries[place].older)
        if newer >= 0 { entries[newer].older = older } else { newest = older }
        if older >= 0 { entries[older].newer = newer } else { oldest = newer }
    }
}
