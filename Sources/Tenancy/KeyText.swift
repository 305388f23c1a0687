internal import Domain

/// The text of a virtual key: `sk-sy-` and 256 bits from the system's random source in 43 letters and digits.
enum KeyText {
    static let prefix = "sk-sy-"
    /// 62^43 is a little more than 2^256.
    private static let digitCount = 43
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// A text that nobody can guess, if `generator` cannot be foreseen.
    static func draw(using generator: inout some RandomNumberGenerator) -> String {
        let bytes = (0..<digitCount).map { _ in digits[Int.random(in: digits.indices, using: &generator)] }
        return prefix + String(decoding: bytes, as: UTF8.self)
    }

    /// A name for a key that was given none: `key-` and ten letters and digits.
    static func drawName(using generator: inout some RandomNumberGenerator) -> String {
        let lower = digits.filter { !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        let bytes = (0..<10).map { _ in lower[Int.random(in: lower.indices, using: &generator)] }
        return "key-" + String(decoding: bytes, as: UTF8.self)
    }

    /// What lists show of a key, so that its owner knows it again: its last four characters.
    static func hint(of text: some StringProtocol) -> String { String(text.suffix(4)) }
}
