internal import Configuration
internal import Domain
internal import HTTP

/// Where a request stands in a trace: W3C Trace Context, Recommendation of 2021.
struct TraceContext: Hashable, Sendable {
    /// The trace's 16 bytes, not all zero.
    let trace: (high: UInt64, low: UInt64)
    /// The caller's span; `nil` where the trace begins here.
    let parent: UInt64?
    /// Whether those before want it recorded, or, where there are none, we do.
    let isSampled: Bool
    /// What other vendors have written, passed on as it is.
    let state: [UInt8]

    /// The longest `tracestate` that is passed on: section 3.3.1.5 asks for 512 at least.
    private static let stateBytesMax = 1024

    /// What the client's fields say; `nil` where they say nothing, or nothing that can be understood (section 4.3).
    init?(_ fields: HeaderFields) {
        guard let bytes = fields.first("traceparent"), bytes.count >= 55 else { return nil }
        let text = Array(bytes)
        guard [2, 35, 52].allSatisfy({ text[$0] == UInt8(ascii: "-") }), let version = Self.number(text[0..<2]),
            let high = Self.number(text[3..<19]), let low = Self.number(text[19..<35]),
            let parent = Self.number(text[36..<52]), let flags = Self.number(text[53..<55]),
            // Later versions may be longer, behind another dash; the first is not, and ff is none.
            version == 0 ? text.count == 55 : version < 255 && (text.count == 55 || text[55] == UInt8(ascii: "-")),
            high | low != 0, parent != 0
        else { return nil }
        trace = (high, low)
        self.parent = parent
        isSampled = flags & 1 == 1
        let state = fields.first("tracestate").map(Array.init) ?? []
        self.state = state.count <= Self.stateBytesMax ? state : []
    }

    /// A trace that begins with the request called `id`, whose number it takes; one in so many is `share`.
    init(beginningWith id: RequestID, share: Double) {
        trace = (id.high, id.low)
        parent = nil
        // The lower half is random.
        isSampled = Double(id.low & 0xFFFF_FFFF) < share * 0x1p32
        state = []
    }

    /// The span of the request itself, and of its attempts: numbered from 1, the request is 0.
    ///
    /// Mixed from the request's number, so that it need not be kept: Steele et al., "Fast Splittable Pseudorandom Number
    /// Generators", 2014.
    static func span(_ number: Int, of id: RequestID) -> UInt64 {
        var mixed = id.high ^ id.low &+ UInt64(number &+ 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed == 0 ? 1 : mixed
    }

    /// The header lines for the backend of an attempt; where we write no spans, those that came with the request.
    func lines(calling number: Int, of id: RequestID, _ settings: Settings.Tracing) -> [UInt8] {
        let span = settings.url == nil ? parent ?? Self.span(number, of: id) : Self.span(number, of: id)
        var lines: [UInt8] = []
        lines.append("traceparent: 00-")
        lines.append(contentsOf: Self.digits(trace.high) + Self.digits(trace.low))
        lines.append("-")
        lines.append(contentsOf: Self.digits(span))
        lines.append(isSampled ? "-01\r\n" : "-00\r\n")
        if !state.isEmpty { lines.appendField("tracestate", state[...]) }
        return lines
    }

    /// Sixteen hexadecimal digits.
    static func digits(_ number: UInt64) -> [UInt8] {
        stride(from: 60, through: 0, by: -4).map { shift in
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift) & 15)
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    /// Reads lower-case hexadecimal digits, 16 at most; `nil` where others are among them.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }

    static func == (one: TraceContext, other: TraceContext) -> Bool {
        one.trace == other.trace && one.parent == other.parent && one.isSampled == other.isSampled
            && one.state == other.state
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(trace.high)
        hasher.combine(trace.low)
    }
}
