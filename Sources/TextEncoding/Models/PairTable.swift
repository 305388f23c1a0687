/// A hash table from pairs of numbers to numbers, for inner loops: which tokens merge, which characters compose.
///
/// Open addressing with multiplicative hashing; key and value lie side by side, so that an answer costs one cache line.
struct PairTable: Sendable {
    private struct Entry {
        var key: UInt64
        var value: UInt64
    }

    /// The key that stands for an empty place; no pair of ids, nodes or characters comes near it.
    private static let empty = UInt64.max

    private var entries: [Entry]
    /// How far a hash is shifted to be a place in `entries`, whose count is a power of two.
    private var shift: UInt64
    private(set) var count = 0

    /// An empty table, with memory for `capacity` pairs.
    init(capacity: Int = 8) {
        var bits: UInt64 = 4
        while (1 << bits) < capacity &* 2 { bits += 1 }
        entries = Array(repeating: Entry(key: Self.empty, value: 0), count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// What `first` and `second` stand for together.
    @inline(__always)
    func value(_ first: UInt32, _ second: UInt32) -> UInt64? {
        let key = UInt64(first) << 32 | UInt64(second)
        let entry = entries[place(of: key)]
        return entry.key == key ? entry.value : nil
    }

    /// Sets what `first` and `second` stand for together; the last one set counts.
    mutating func set(_ first: UInt32, _ second: UInt32, to value: UInt64) {
        if count * 2 >= entries.count { grow() }
        let key = UInt64(first) << 32 | UInt64(second)
        let place = place(of: key)
        if entries[place].key == Self.empty { count += 1 }
        entries[place] = Entry(key: key, value: value)
    }

    /// Where `key` is, or else would be: half the places are empty, so the search ends.
    @inline(__always)
    private func place(of key: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while entries[place].key != key, entries[place].key != Self.empty {
            place = (place &+ 1) & (entries.count &- 1)
        }
        return place
    }

    private mutating func grow() {
        let old = entries
        self = PairTable(capacity: entries.count)
        for entry in old where entry.key != Self.empty {
            entries[place(of: entry.key)] = entry
            count += 1
        }
    }
}
