/// The samples of a page in Prometheus' text format, version 0.0.4, one after the other.
///
/// Tolerant, since a page is another program's: a line that is no sample is passed over, types and help are not read,
/// and what OpenMetrics adds (`# EOF`, exemplars) does not disturb. Nothing is copied but a value's digits.
///
/// Format: <https://prometheus.io/docs/instrumenting/exposition_formats/>.
public struct MetricsText: Sequence, IteratorProtocol {
    /// One line with a value.
    public struct Sample {
        /// Such as `vllm:num_requests_running`.
        public let name: ArraySlice<UInt8>
        /// What stands between the braces, as it stands there; empty without braces.
        public let labels: ArraySlice<UInt8>
        /// May be infinite or not a number.
        public let value: Double
    }

    /// The longest value that Prometheus itself writes has some 25 characters.
    private static let valueBytesMax = 64
    private var rest: ArraySlice<UInt8>

    /// The samples of `page`.
    public init(_ page: [UInt8]) { rest = page[...] }

    /// The next sample, or `nil` after the last.
    public mutating func next() -> Sample? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: .lineFeed) ?? rest.endIndex
            let line = rest[..<end]
            rest = rest[end...].dropFirst()
            if let sample = Sample(line) { return sample }
        }
        return nil
    }

    fileprivate static func value(of bytes: ArraySlice<UInt8>) -> Double? {
        guard !bytes.isEmpty, bytes.count <= valueBytesMax else { return nil }
        // Swift reads all that Go writes: signs, exponents, NaN, +Inf and -Inf.
        return Double(String(decoding: bytes, as: UTF8.self))
    }
}

extension MetricsText.Sample {
    fileprivate init?(_ line: ArraySlice<UInt8>) {
        let line = line.drop(while: \.isBlank)
        let nameEnd = line.firstIndex { !$0.isInMetricName } ?? line.endIndex
        guard nameEnd > line.startIndex, line[line.startIndex].decimalValue == nil else { return nil }
        name = line[..<nameEnd]
        var rest = line[nameEnd...].drop(while: \.isBlank)
        if rest.first == 0x7B {
            guard let close = rest.dropFirst().closingBrace else { return nil }
            labels = rest[(rest.startIndex + 1)..<close]
            rest = rest[(close + 1)...].drop(while: \.isBlank)
        } else {
            guard rest.startIndex > nameEnd else { return nil }
            labels = []
        }
        // A timestamp may follow.
        let digits = rest.prefix { !$0.isBlank && $0 != .carriageReturn }
        guard let value = MetricsText.value(of: digits) else { return nil }
        self.value = value
    }
}

extension ArraySlice<UInt8> {
    /// Where the labels end: the first brace that is in no quoted value.
    fileprivate var closingBrace: Int? {
        var isQuoted = false
        var isEscaped = false
        for index in indices {
            switch self[index] {
            case _ where isEscaped: isEscaped = false
            case .backslash: isEscaped = isQuoted
            case .quote: isQuoted.toggle()
            case 0x7D where !isQuoted: return index
            default: break
            }
        }
        return nil
    }
}

extension UInt8 {
    /// `[a-zA-Z0-9_:]`; a digit does not begin a name.
    fileprivate var isInMetricName: Bool {
        (self | 0x20) &- 0x61 < 26 || decimalValue != nil || self == .colon || self == 0x5F
    }
}
