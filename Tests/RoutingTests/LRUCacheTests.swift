import Domain
import Testing

@testable import Routing

@Suite struct LRUCacheTests {
    /// A cache that is obviously right: a list from the newest to the oldest.
    private struct Model {
        var entries: [(key: Int, value: Int, bytes: Int, expires: UInt64)] = []
        let capacity: Int
        let bytesMax: Int

        mutating func value(_ key: Int, now: UInt64) -> Int? {
            guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
            let entry = entries.remove(at: index)
            guard entry.expires > now else { return nil }
            entries.insert(entry, at: 0)
            return entry.value
        }

        mutating func insert(_ value: Int, _ key: Int, bytes: Int, expires: UInt64) {
            entries.removeAll { $0.key == key }
            guard bytes <= bytesMax else { return }
            entries.insert((key, value, bytes, expires), at: 0)
            while entries.count > capacity || entries.map(\.bytes).reduce(0, +) > bytesMax { entries.removeLast() }
        }
    }

    /// Any sequence of operations leaves the same entries as the model, in the same order of eviction.
    @Test(arguments: 0..<100)
    func agreesWithAPlainList(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let capacity = Int.random(in: 1...6, using: &generator)
        var cache = LRUCache<Int, Int>(capacity: capacity, bytesMax: 20, timeToLive: .nanoseconds(15))
        var model = Model(capacity: capacity, bytesMax: 20)
        for now in 0..<UInt64(300) {
            let key = Int.random(in: 0..<9, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...3:
                #expect(cache.value(for: key, now: now) == model.value(key, now: now))
            case 4...6:
                let bytes = Int.random(in: 0...22, using: &generator)
                cache.insert(Int(now), for: key, bytes: bytes, now: now)
                model.insert(Int(now), key, bytes: bytes, expires: now + 15)
            default:
                cache.removeValue(for: key)
                model.entries.removeAll { $0.key == key }
            }
            #expect(cache.count == model.entries.count)
            #expect(cache.bytes == model.entries.map(\.bytes).reduce(0, +))
        }
    }

    @Test func readingKeepsAnEntry() {
        var cache = LRUCache<String, Int>(capacity: 2)
        cache.insert(1, for: "a", now: 0)
        cache.insert(2, for: "b", now: 0)
        #expect(cache.value(for: "a", now: 0) == 1)
        cache.insert(3, for: "c", now: 0)
        #expect(cache.value(for: "a", now: 0) == 1)
        #expect(cache.value(for: "b", now: 0) == nil)
    }

    @Test func anEntryExpiresWhenItsTimeIsUp() {
        var cache = LRUCache<String, Int>(capacity: 2, timeToLive: .nanoseconds(10))
        cache.insert(1, for: "a", now: 5)
        #expect(cache.value(for: "a", now: 14) == 1)
        #expect(cache.value(for: "a", now: 15) == nil)
        #expect(cache.count == 0)
    }

    @Test func neverExpiresBeyondTheClock() {
        var cache = LRUCache<String, Int>(capacity: 1, timeToLive: .seconds(Int64.max))
        cache.insert(1, for: "a", now: .max - 1)
        #expect(cache.value(for: "a", now: .max - 1) == 1)
    }

    @Test(arguments: [0, -1])
    func withoutCapacityKeepsNothing(capacity: Int) {
        var cache = LRUCache<Int, Int>(capacity: capacity)
        cache.insert(1, for: 1, now: 0)
        #expect(cache.count == 0)
    }

    @Test func removesEverything() {
        var cache = LRUCache<Int, Int>(capacity: 3, bytesMax: 100)
        for key in 0..<3 { cache.insert(key, for: key, bytes: 10, now: 0) }
        cache.removeAll()
        #expect(cache.count == 0)
        #expect(cache.bytes == 0)
        cache.insert(9, for: 9, bytes: 10, now: 0)
        #expect(cache.value(for: 9, now: 0) == 9)
    }
}
