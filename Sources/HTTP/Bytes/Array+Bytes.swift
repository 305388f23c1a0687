extension [UInt8] {
    /// Appends the UTF-8 bytes of a literal.
    public mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// Appends `number` in decimal, without making a string of it.
    public mutating func appendDecimal(_ number: Int) {
        if number < 0 { append(0x2D) }
        appendDigits(of: UInt64(number.magnitude), radix: 10)
    }

    /// Appends `number` in lowercase hexadecimal, without leading zeros.
    public mutating func appendHexadecimal(_ number: UInt64) { appendDigits(of: number, radix: 16) }

    private mutating func appendDigits(of number: UInt64, radix: UInt64) {
        var rest = number
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var first = 20
        repeat {
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            first &-= 1
            digits[first] = digit &+ (digit < 10 ? 0x30 : 0x57)
            rest /= radix
        } while rest > 0
        append(addingCapacity: 20) { text in
            for index in first..<20 { text.append(digits[index]) }
        }
    }

    /// Appends a copy of `bytes`, as one move of memory.
    mutating func append(copying bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        append(contentsOf: UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: bytes.count))
    }
}
