import Domain

extension SeededGenerator {
    mutating func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func one<Choices: Collection>(of choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: int(0..<choices.count))]
    }

    /// `bytes` in random pieces, some of them empty.
    mutating func cuts(of bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(rest.count, int(0..<10) < 7 ? int(0..<4) : int(0..<40))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    /// `bytes` with up to four bytes changed, left out, doubled or swapped for an interesting one.
    mutating func mutated(_ bytes: [UInt8], with interesting: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<int(1..<5) where !bytes.isEmpty {
            let index = int(0..<bytes.count)
            switch int(0..<5) {
            case 0: bytes.remove(at: index)
            case 1: bytes.insert(one(of: interesting), at: index)
            case 2: bytes[index] = one(of: interesting)
            case 3: bytes[index] = UInt8.random(in: 0...255, using: &self)
            default:
                let end = min(bytes.count, index + int(1..<8))
                bytes.insert(contentsOf: bytes[index..<end], at: int(0..<bytes.count))
            }
        }
        return bytes
    }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

extension Collection<UInt8> {
    var text: String { String(decoding: self, as: UTF8.self) }
}
