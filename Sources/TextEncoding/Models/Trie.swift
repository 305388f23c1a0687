/// Byte strings with a number for each, read one byte at a time.
struct Trie: Sendable {
    /// Where all strings begin.
    static let root: UInt32 = 0

    /// From a node and a byte to the next node, above, and the number of the string that ends there plus 1, below.
    private var steps: PairTable
    private var nodeCount: UInt32 = 1

    /// No strings yet, with memory for `capacity` bytes that differ.
    init(capacity: Int = 8) { steps = PairTable(capacity: capacity) }

    /// The node behind `node` and `byte`, and the number of the string that ends there; `nil` if no string goes on so.
    @inline(__always)
    func step(from node: UInt32, _ byte: UInt8) -> (node: UInt32, number: Int32?)? {
        guard let step = steps.value(node, UInt32(byte)) else { return nil }
        let number = Int32(truncatingIfNeeded: step & 0xFFFF_FFFF)
        return (UInt32(truncatingIfNeeded: step >> 32), number == 0 ? nil : number &- 1)
    }

    /// Adds a string that is not empty; the number given last counts.
    ///
    /// - Parameters:
    ///   - string: Its bytes.
    ///   - number: 0 or more, and less than `Int32.max`.
    mutating func insert(_ string: some Sequence<UInt8>, number: Int32) {
        var node = Self.root
        var last: (node: UInt32, byte: UInt8)?
        for byte in string {
            if let last { node = child(of: last.node, last.byte) }
            last = (node, byte)
        }
        guard let last else { return }
        let child = child(of: last.node, last.byte)
        steps.set(last.node, UInt32(last.byte), to: UInt64(child) << 32 | UInt64(number + 1))
    }

    /// The number of `string`, if it has one.
    func number(of string: some Sequence<UInt8>) -> Int32? {
        var node = Self.root
        var number: Int32?
        for byte in string {
            guard let step = step(from: node, byte) else { return nil }
            (node, number) = step
        }
        return number
    }

    /// The node that `string` leads to; `nil` if no string begins so.
    func node(behind string: some Sequence<UInt8>) -> UInt32? {
        var node = Self.root
        for byte in string {
            guard let step = step(from: node, byte) else { return nil }
            node = step.node
        }
        return node
    }

    private mutating func child(of node: UInt32, _ byte: UInt8) -> UInt32 {
        if let step = step(from: node, byte) { return step.node }
        let child = nodeCount
        nodeCount += 1
        steps.set(node, UInt32(byte), to: UInt64(child) << 32)
        return child
    }
}
