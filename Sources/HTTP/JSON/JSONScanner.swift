/// Reads JSON by RFC 8259's grammar, in one pass without recursion: checks all of it and keeps nothing.
///
/// Strings are searched sixteen bytes at a time for what can end them; everything else is read byte by byte.
struct JSONScanner {
    private let bytes: UnsafePointer<UInt8>
    private let end: Int
    private let depthMax: Int
    private(set) var position: Int

    /// Lends `body` a scanner at `start`, an index of `text`; errors count their offset from the text's first byte.
    ///
    /// `depthMax` is how many objects and arrays may be open at once.
    @inline(__always)
    static func scan<Result>(
        _ text: ArraySlice<UInt8>,
        from start: Int,
        depthMax: Int,
        _ body: (inout JSONScanner) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        do {
            return try text.withUnsafeBufferPointer { bytes throws(JSONError) in
                guard let base = bytes.baseAddress else { throw JSONError(.unexpectedEnd, at: start) }
                // So that positions are the slice's own indices.
                let origin = base - text.startIndex
                var scanner = JSONScanner(bytes: origin, end: text.endIndex, depthMax: depthMax, position: start)
                return try body(&scanner)
            }
        } catch {
            throw JSONError(error.reason, at: error.offset - text.startIndex)
        }
    }

    /// Reads a whole text that is one object; appends its members.
    mutating func document(into members: inout [JSONMember]) throws(JSONError) {
        skipBlanks()
        guard current == .openBrace else { throw isAtEnd ? unexpected() : error(.notAnObject) }
        guard depthMax > 0 else { throw error(.tooDeep(depthMax: depthMax)) }
        skip()
        skipBlanks()
        if current == .closeBrace {
            skip()
        } else {
            members.append(try member())
            while try hasMore(until: .closeBrace) { members.append(try member()) }
        }
        skipBlanks()
        guard isAtEnd else { throw error(.trailingBytes) }
    }

    /// Reads `"key": value`.
    @inline(__always)
    mutating func member() throws(JSONError) -> JSONMember {
        let key = try key()
        return JSONMember(key: key, value: try value(openCount: 1))
    }

    /// Reads a comma, and says true, or the closing bracket.
    @inline(__always)
    mutating func hasMore(until bracket: UInt8) throws(JSONError) -> Bool {
        skipBlanks()
        guard current == .comma || current == bracket else { throw unexpected() }
        defer { skip() }
        return current == .comma
    }

    var isAtEnd: Bool { position >= end }

    /// The byte at ``position``; 0, which the grammar has no place for, at the end.
    @inline(__always)
    var current: UInt8 { position < end ? bytes[position] : 0 }

    @inline(__always)
    mutating func skip() { position &+= 1 }

    @inline(__always)
    mutating func skipBlanks() {
        while position < end {
            let byte = bytes[position]
            guard byte <= .space, byte == .space || byte == .lineFeed || byte == .carriageReturn || byte == .tab
            else { return }
            position &+= 1
        }
    }

    @inline(__always)
    func error(_ reason: JSONError.Reason) -> JSONError { JSONError(reason, at: position) }

    /// The error that ``current`` can't stand here.
    func unexpected() -> JSONError { error(isAtEnd ? .unexpectedEnd : .unexpectedByte) }

    @inline(__always)
    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard current == byte, !isAtEnd else { throw unexpected() }
        position &+= 1
    }

    /// Reads a key and its colon, and the blanks around them.
    @inline(__always)
    mutating func key() throws(JSONError) -> JSONValue {
        skipBlanks()
        let start = position
        let hasEscapes = try string()
        let range = start..<position
        skipBlanks()
        try expect(.colon)
        return JSONValue(kind: .string, range: range, hasEscapes: hasEscapes)
    }

    /// Reads one value, after blanks, inside of `openCount` objects and arrays.
    @inline(__always)
    mutating func value(openCount: Int) throws(JSONError) -> JSONValue {
        skipBlanks()
        let start = position
        let kind: JSONValue.Kind
        var hasEscapes = false
        switch current {
        case .quote:
            kind = .string
            hasEscapes = try string()
        case .openBrace, .openBracket:
            kind = current == .openBrace ? .object : .array
            try container(openCount: openCount)
        case let byte:
            kind = byte == 0x6E ? .null : byte == 0x74 || byte == 0x66 ? .bool : .number
            try scalar()
        }
        return JSONValue(kind: kind, range: start..<position, hasEscapes: hasEscapes)
    }

    /// Reads an object or an array with all that is in it.
    private mutating func container(openCount: Int) throws(JSONError) {
        var open = OpenContainers()
        repeat {
            skipBlanks()
            switch current {
            case .quote: _ = try string()
            case .openBrace, .openBracket:
                guard openCount + open.depth < depthMax else { throw error(.tooDeep(depthMax: depthMax)) }
                if try enter(&open) { continue }
            default: try scalar()
            }
            try leave(&open)
        } while open.depth > 0
    }

    /// Reads an opening bracket; true if a value must follow, false if the container is empty and closed again.
    @inline(__always)
    private mutating func enter(_ open: inout OpenContainers) throws(JSONError) -> Bool {
        let isObject = current == .openBrace
        skip()
        skipBlanks()
        if current == (isObject ? .closeBrace : .closeBracket) {
            skip()
            return false
        }
        open.push(isObject: isObject)
        if isObject { _ = try key() }
        return true
    }

    /// Reads what may follow a value: closing brackets, then a comma (and in an object the next key).
    @inline(__always)
    private mutating func leave(_ open: inout OpenContainers) throws(JSONError) {
        while open.depth > 0 {
            skipBlanks()
            if current == .comma {
                skip()
                if open.isObject { _ = try key() }
                return
            }
            guard current == (open.isObject ? .closeBrace : .closeBracket) else { throw unexpected() }
            skip()
            open.pop()
        }
    }

    /// Reads a string and says whether a backslash is in it.
    mutating func string() throws(JSONError) -> Bool {
        try expect(.quote)
        var hasEscapes = false
        while true {
            position = bytes.firstMatch(from: position, to: end, where: stringStops)
            guard position < end else { throw error(.unexpectedEnd) }
            switch bytes[position] {
            case .quote:
                position &+= 1
                return hasEscapes
            case .backslash:
                hasEscapes = true
                try escape()
            case 0x80...:
                try skipBeyondASCII()
            default:
                throw error(.controlCharacter)
            }
        }
    }

    @inline(__always)
    private mutating func escape() throws(JSONError) {
        guard position &+ 1 < end else { throw JSONError(.unexpectedEnd, at: end) }
        switch bytes[position &+ 1] {
        case .quote, .backslash, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
            position &+= 2
        case 0x75:
            guard position &+ 6 <= end else { throw JSONError(.unexpectedEnd, at: end) }
            for index in position &+ 2..<position &+ 6 where bytes[index].hexadecimalValue == nil {
                throw error(.invalidEscape)
            }
            position &+= 6
        default:
            throw error(.invalidEscape)
        }
    }

    /// Reads a run of characters that take two to four bytes each: RFC 3629, §4.
    private mutating func skipBeyondASCII() throws(JSONError) {
        while position < end, bytes[position] >= 0x80 {
            let length: Int
            let second: ClosedRange<UInt8>
            switch bytes[position] {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: throw error(.invalidUTF8)
            }
            guard end &- position >= length, second.contains(bytes[position &+ 1]) else { throw error(.invalidUTF8) }
            for index in position &+ 2..<position &+ max(length, 2) where bytes[index] & 0xC0 != 0x80 {
                throw error(.invalidUTF8)
            }
            position &+= length
        }
    }

    /// Reads a number or a literal.
    private mutating func scalar() throws(JSONError) {
        switch current {
        case 0x2D, 0x30...0x39: try number()
        case 0x74: try literal("true")
        case 0x66: try literal("false")
        case 0x6E: try literal("null")
        default: throw unexpected()
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        let rest = UnsafeBufferPointer(start: bytes + position, count: end &- position)
        guard rest.hasPrefix(text) else { throw error(.invalidLiteral) }
        position &+= text.utf8CodeUnitCount
    }

    private mutating func number() throws(JSONError) {
        let start = position
        if current == 0x2D { skip() }
        if current == 0x30 { skip() } else { try digits(of: start) }
        if current == 0x2E {
            skip()
            try digits(of: start)
        }
        if current | 0x20 == 0x65 {
            skip()
            if current == 0x2B || current == 0x2D { skip() }
            try digits(of: start)
        }
        // `01` and `1x` would end here, and be reported as something else than a number.
        guard current.decimalValue == nil else { throw JSONError(.invalidNumber, at: start) }
    }

    @inline(__always)
    private mutating func digits(of start: Int) throws(JSONError) {
        guard current.decimalValue != nil else { throw JSONError(.invalidNumber, at: start) }
        while current.decimalValue != nil { skip() }
    }
}

extension UInt8 {
    static var openBrace: UInt8 { 0x7B }
    static var closeBrace: UInt8 { 0x7D }
    static var openBracket: UInt8 { 0x5B }
    static var closeBracket: UInt8 { 0x5D }
}
