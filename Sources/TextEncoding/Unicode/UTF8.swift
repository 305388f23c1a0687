extension Span<UInt8> {
    /// The scalar that begins at `index` of valid UTF-8, and how many bytes it takes.
    @inline(__always)
    func scalar(at index: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(self[index])
        switch first {
        case 0..<0x80: return (first, 1)
        case 0x80..<0xE0: return ((first & 0x1F) << 6 | rest(index &+ 1), 2)
        case 0xE0..<0xF0: return ((first & 0x0F) << 12 | rest(index &+ 1) << 6 | rest(index &+ 2), 3)
        default:
            let upper = (first & 0x07) << 18 | rest(index &+ 1) << 12
            return (upper | rest(index &+ 2) << 6 | rest(index &+ 3), 4)
        }
    }

    /// The scalar that ends before `index`, which is not 0, of valid UTF-8, and how many bytes it takes.
    func scalar(before index: Int) -> (value: UInt32, length: Int) {
        var start = index - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(at: start)
    }

    @inline(__always)
    private func rest(_ index: Int) -> UInt32 { UInt32(self[index] & 0x3F) }

    /// Whether `bytes` stand at `index`.
    func has(_ bytes: [UInt8], at index: Int) -> Bool {
        guard count - index >= bytes.count else { return false }
        for (offset, byte) in bytes.enumerated() where self[index + offset] != byte { return false }
        return true
    }
}

extension [UInt8] {
    /// Appends the UTF-8 of `scalar`.
    @inline(__always)
    mutating func append(scalar: UInt32) {
        if scalar < 0x80 { return append(UInt8(truncatingIfNeeded: scalar)) }
        if scalar < 0x800 {
            append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
        } else {
            if scalar < 0x10000 {
                append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            } else {
                append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
                append(0x80 | UInt8(truncatingIfNeeded: scalar >> 12) & 0x3F)
            }
            append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6) & 0x3F)
        }
        append(0x80 | UInt8(truncatingIfNeeded: scalar) & 0x3F)
    }
}
