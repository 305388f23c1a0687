internal import CPostgreSQL

/// One row of a result, while the closure runs that it was handed to; columns count from 0.
public struct PostgreSQLRow {
    private static let byteaType: Oid = 17
    private static let uuidType: Oid = 2950

    private let result: OpaquePointer

    init(_ result: OpaquePointer) { self.result = result }

    /// Whether the column is NULL.
    public func isNull(_ column: Int32) -> Bool { PQgetisnull(result, 0, column) != 0 }

    /// A whole number; a Boolean as 1 or 0, a fraction cut off, a number beyond 64 bits held at the range's end, NULL as 0.
    public func integer(_ column: Int32) -> Int64 {
        withText(column) { text in
            var isNegative = false
            var value: Int64 = 0
            for (index, byte) in text.enumerated() {
                switch byte {
                case UInt8(ascii: "-") where index == 0: isNegative = true
                case UInt8(ascii: "t") where index == 0: return 1
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    // Downwards, as the range reaches one further there.
                    let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
                    let (sum, overflowsToo) = tens.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
                    if overflows || overflowsToo { return isNegative ? .min : .max }
                    value = sum
                default: return isNegative ? value : -max(value, -.max)
                }
            }
            return isNegative ? value : -max(value, -.max)
        }
    }

    /// A number; NULL as 0.
    public func real(_ column: Int32) -> Double {
        withText(column) { Double(String(decoding: $0, as: UTF8.self)) ?? 0 }
    }

    /// The bytes of a `bytea` or a `uuid`, or a text's; NULL as none.
    public func bytes(_ column: Int32) -> [UInt8] {
        withText(column) { text in
            switch PQftype(result, column) {
            case Self.byteaType: Self.decoded(text.dropFirst(2))
            case Self.uuidType: Self.decoded(text[...])
            default: Array(text)
            }
        }
    }

    /// What hexadecimal digits come to; others are passed over.
    private static func decoded(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: continue
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private func withText<Value>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        let count = Int(PQgetlength(result, 0, column))
        guard let start = PQgetvalue(result, 0, column) else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        return start.withMemoryRebound(to: UInt8.self, capacity: count) {
            body(UnsafeBufferPointer(start: $0, count: count))
        }
    }
}
