/// A set of ASCII characters, one bit each; bytes beyond ASCII are never in it.
struct ByteSet {
    private let low: UInt64
    private let high: UInt64

    /// What tokens are made of, RFC 9110, §5.6.2: letters, digits and 15 signs.
    static var token: ByteSet { ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }

    /// What a request target is made of, RFC 3986: unreserved, sub-delims and :@/?% (but no fragment, so no #).
    static var target: ByteSet { ByteSet(low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }

    /// What an absolute URI is made of: the same, and the brackets around an IP literal.
    static var absoluteTarget: ByteSet { ByteSet(low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFF) }

    /// What a `Host` is made of: unreserved, sub-delims, % and :[] for ports and IP literals.
    static var host: ByteSet { ByteSet(low: 0x2FFF_7FF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFE) }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && (word >> UInt64(byte & 63)) & 1 == 1
    }
}

extension UInt8 {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var quote: UInt8 { 0x22 }
    static var comma: UInt8 { 0x2C }
    static var colon: UInt8 { 0x3A }
    static var backslash: UInt8 { 0x5C }

    /// Optional whitespace, RFC 9110, §5.6.3.
    var isBlank: Bool { self == .space || self == .tab }

    /// What a decimal digit stands for.
    var decimalValue: UInt8? {
        let value = self &- 0x30
        return value < 10 ? value : nil
    }

    /// What a hexadecimal digit, in either case, stands for.
    var hexadecimalValue: UInt8? {
        if let decimalValue { return decimalValue }
        let value = (self | 0x20) &- 0x61
        return value < 6 ? value &+ 10 : nil
    }
}
