public import Domain

extension Money {
    /// The dollars that `text` writes, exactly, rounded half up to the nanodollar: `$1,234.56`, `-0.5`, `1.2e-05`.
    ///
    /// `nil` for anything else, or beyond the range.
    public init?(decimal text: String) {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        if bytes.first == UInt8(ascii: "$") { bytes.removeFirst() }
        guard let first = bytes.first, (0x30...0x39).contains(first) || first == UInt8(ascii: ".") else { return nil }
        var (digits, exponent, sawPoint, sawDigit): (Int64, Int, Bool, Bool) = (0, 9, false, false)
        var roundsUp = false
        while let byte = bytes.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            bytes.removeFirst()
            switch byte {
            case UInt8(ascii: ".") where !sawPoint: sawPoint = true
            case UInt8(ascii: ",") where !sawPoint: continue
            case 0x30...0x39:
                sawDigit = true
                let (tens, isTooLarge) = digits.multipliedReportingOverflow(by: 10)
                let (sum, overflows) = tens.addingReportingOverflow(Int64(byte - 0x30))
                if isTooLarge || overflows {
                    // Digits beyond 18 of a fraction are below every nanodollar; of a whole number, beyond the range.
                    guard sawPoint else { return nil }
                    continue
                }
                digits = sum
                if sawPoint { exponent -= 1 }
            default: return nil
            }
        }
        if !bytes.isEmpty {
            guard let power = Int(String(decoding: bytes.dropFirst(), as: UTF8.self)), abs(power) < 100 else {
                return nil
            }
            exponent += power
        }
        guard sawDigit else { return nil }
        while exponent > 0, digits != 0 {
            let (tens, isTooLarge) = digits.multipliedReportingOverflow(by: 10)
            guard !isTooLarge else { return nil }
            (digits, exponent) = (tens, exponent - 1)
        }
        while exponent < 0, digits != 0 || roundsUp {
            roundsUp = digits % 10 >= 5
            (digits, exponent) = (digits / 10, exponent + 1)
        }
        let amount = digits + (roundsUp ? 1 : 0)
        self.init(nanodollars: isNegative ? -amount : amount)
    }
}
