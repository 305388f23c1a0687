/// What single characters become: others, or several.
struct CharacterMapping: Sendable {
    /// Lower case, character by character and without regard to neighbours.
    static let lowerCase = CharacterMapping(PackedNumbers(CharacterMappingData.lowerCase), kinds: [0])
    /// Full canonical decompositions but for Hangul's.
    static let canonical = CharacterMapping(decompositions, kinds: [0, 1])
    /// Full compatibility decompositions but for Hangul's.
    static let compatible = CharacterMapping(decompositions, kinds: [0, 1, 2])
    /// The canonical decompositions that composition undoes.
    static let composable = CharacterMapping(decompositions, kinds: [1])

    private static var decompositions: PackedNumbers { PackedNumbers(CharacterMappingData.decompositions) }

    /// For each 256 characters, where their page begins in `pages`; the first page holds none.
    private var starts = [UInt32](repeating: 0, count: 0x1100)
    /// For each character of a page, where what it becomes is in `targets`; 0 for itself.
    private var pages = [UInt32](repeating: 0, count: 256)
    /// What characters become: how many, then the characters.
    private var targets: [UInt32] = [0]

    /// The entries of `packed` of some kinds; the last entry of a character counts.
    private init(_ packed: consuming PackedNumbers, kinds: Set<UInt32>) {
        var scalar: UInt32 = 0
        var last: [UInt32] = []
        for _ in 0..<packed.next() {
            scalar += packed.next()
            let shape = packed.next()
            let count = Int(shape / 4)
            for index in 0..<count {
                if index == last.count { last.append(0) }
                last[index] = UInt32(bitPattern: Int32(bitPattern: last[index]) &+ packed.nextSigned())
            }
            if kinds.contains(shape % 4) { map(scalar, to: last[..<count]) }
        }
    }

    private mutating func map(_ scalar: UInt32, to target: ArraySlice<UInt32>) {
        let page = Int(scalar >> 8)
        if starts[page] == 0 {
            starts[page] = UInt32(pages.count)
            pages += [UInt32](repeating: 0, count: 256)
        }
        pages[Int(starts[page] + scalar & 0xFF)] = UInt32(targets.count)
        targets.append(UInt32(target.count))
        targets += target
    }

    /// Where in ``subscript(position:)`` are the characters that `scalar` becomes; `nil` if it stays.
    @inline(__always)
    func positions(of scalar: UInt32) -> Range<Int>? {
        let place = Int(pages[Int(starts[Int(scalar >> 8)] &+ scalar & 0xFF)])
        guard place > 0 else { return nil }
        return place &+ 1..<place &+ 1 &+ Int(targets[place])
    }

    /// One of the characters that a character becomes.
    @inline(__always)
    subscript(position position: Int) -> UInt32 { targets[position] }

    /// Each character that doesn't stay, and what it becomes.
    var entries: [(scalar: UInt32, target: ArraySlice<UInt32>)] {
        starts.indices.filter { starts[$0] > 0 }.flatMap { page in
            (0..<256).compactMap { offset in
                let scalar = UInt32(page << 8 + offset)
                return positions(of: scalar).map { (scalar, targets[$0]) }
            }
        }
    }
}
