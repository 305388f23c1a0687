/// Reads the numbers that Tests/Tools/unicode_tables.py packs: seven bits a byte, the lowest first, as base64.
struct PackedNumbers {
    private let bytes: [UInt8]
    private var index = 0

    /// Reads `base64`, whose padding may be missing.
    init(_ base64: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(base64.utf8.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for character in base64.utf8 {
            guard let digit = Self.digit(character) else { continue }
            bits = bits << 6 | digit
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
        }
        self.bytes = bytes
    }

    /// Whether all has been read but for padding.
    var isAtEnd: Bool { index >= bytes.count }

    /// The next number; 0 behind the end.
    mutating func next() -> UInt32 {
        var number: UInt32 = 0
        var shift: UInt32 = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            number |= UInt32(byte & 0x7F) << shift
            guard byte >= 0x80 else { break }
            shift += 7
        }
        return number
    }

    /// The next number with a sign in its lowest bit.
    mutating func nextSigned() -> Int32 {
        let number = next()
        return Int32(bitPattern: number >> 1) ^ -Int32(bitPattern: number & 1)
    }

    private static func digit(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
