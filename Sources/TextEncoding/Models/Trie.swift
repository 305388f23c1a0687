/// Byte strings with a number for each, read one byte at a time.
///
/// A hash table from a node and a byte to the next node, which is its own place in the table: so a step takes eight bytes
/// of memory, and the vocabulary of a model fits into a core's cache.
struct Trie: Sendable {
    private struct Step {
        /// The node above, shifted by eight, and the byte.
        var key: UInt32
        /// The number of the string that ends here, plus 1; 0 if there is none.
        var number: UInt32 = 0
    }

    /// The key of an empty place: no node is so high.
    private static let empty = UInt32.max
    private static let nodesMax = 1 << 22

    private var steps: [Step]
    private let shift: UInt32
    private var nodeCount = 0

    /// The node where all strings begin: none of the table's places.
    var root: UInt32 { UInt32(truncatingIfNeeded: steps.count) }

    /// Of equal strings the last one's number counts; empty strings are left out.
    ///
    /// It is `nil` for more than four million bytes, common beginnings counted once.
    ///
    /// - Parameter strings: Byte strings, and a number for each: 0 or more.
    init?(_ strings: [(text: some Sequence<UInt8>, number: Int32)]) {
        // It can't grow, since its nodes would move: it is made again.
        var bits: UInt32 = 4
        while true {
            self.init(bits: bits)
            if strings.allSatisfy({ insert($0.text, number: $0.number) }) { return }
            guard steps.count < Self.nodesMax * 2 else { return nil }
            bits += 1
        }
    }

    /// No strings.
    init() { self.init(bits: 1) }

    private init(bits: UInt32) {
        steps = Array(repeating: Step(key: Self.empty), count: 1 << Int(bits))
        shift = 32 - bits
    }

    /// The node behind `node` and `byte`, and the number of the string that ends there; `nil` if no string goes on so.
    @inline(__always)
    func step(from node: UInt32, _ byte: UInt8) -> (node: UInt32, number: Int32?)? {
        let key = node << 8 | UInt32(byte)
        let place = place(of: key)
        let step = steps[place]
        guard step.key == key else { return nil }
        let number = Int32(bitPattern: step.number) &- 1
        return (UInt32(truncatingIfNeeded: place), number < 0 ? nil : number)
    }

    /// The number of `string`, if it has one.
    func number(of string: some Sequence<UInt8>) -> Int32? {
        var node = root
        var number: Int32?
        for byte in string {
            guard let step = step(from: node, byte) else { return nil }
            (node, number) = step
        }
        return number
    }

    /// The node that `string` leads to; `nil` if no string begins so.
    func node(behind string: some Sequence<UInt8>) -> UInt32? {
        var node = root
        for byte in string {
            guard let step = step(from: node, byte) else { return nil }
            node = step.node
        }
        return node
    }

    /// Where `key` is, or else would be: a third of the places are empty, so the search ends.
    @inline(__always)
    private func place(of key: UInt32) -> Int {
        var place = Int((key &* 0x9E37_79B1) >> shift)
        while steps[place].key != key, steps[place].key != Self.empty {
            place = (place &+ 1) & (steps.count &- 1)
        }
        return place
    }

    /// Adds a string, and says whether there was room.
    private mutating func insert(_ string: some Sequence<UInt8>, number: Int32) -> Bool {
        var node = root
        for byte in string {
            let key = node << 8 | UInt32(byte)
            let place = place(of: key)
            if steps[place].key != key {
                guard nodeCount &* 3 < steps.count &* 2 else { return false }
                nodeCount += 1
                steps[place] = Step(key: key)
            }
            node = UInt32(truncatingIfNeeded: place)
        }
        if node != root { steps[Int(node)].number = UInt32(bitPattern: number) &+ 1 }
        return true
    }
}
