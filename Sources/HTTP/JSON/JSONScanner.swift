/// Reads JSON by RFC 8259's grammar, in one pass without recursion: checks all of it, and notes where each value is.
///
/// Strings are searched sixteen bytes at a time for what can end them; everything else is read byte by byte.
struct JSONScanner {
    private let bytes: UnsafePointer<UInt8>
    private let end: Int
    private let depthMax: Int
    private var position = 0
    private var nodes: [JSONNode] = []
    /// The innermost container that is open; `nil` outside of the first.
    private var container: Int?
    private var depth = 0

    /// Reads a whole text that is one object, of at most `depthMax` objects and arrays inside one another.
    static func nodes(of text: ArraySlice<UInt8>, depthMax: Int) throws(JSONError) -> [JSONNode] {
        // Places are kept in 32 bits.
        guard text.count < Int(UInt32.max) else { throw JSONError(.tooLong, at: 0) }
        return try text.withUnsafeBufferPointer { bytes throws(JSONError) in
            guard let base = bytes.baseAddress else { throw JSONError(.unexpectedEnd, at: 0) }
            var scanner = JSONScanner(bytes: base, end: bytes.count, depthMax: depthMax)
            // Real texts have a value for each dozen bytes or more.
            scanner.nodes.reserveCapacity(min(bytes.count / 12, 4096) + 16)
            try scanner.document()
            return scanner.nodes
        }
    }

    /// Whether `text` is one string with its quotes and nothing else.
    static func isString(_ text: ArraySlice<UInt8>) -> Bool {
        text.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return false }
            var scanner = JSONScanner(bytes: base, end: bytes.count, depthMax: 0)
            guard (try? scanner.skipString()) != nil else { return false }
            return scanner.isAtEnd
        }
    }

    private init(bytes: UnsafePointer<UInt8>, end: Int, depthMax: Int) {
        self.bytes = bytes
        self.end = end
        self.depthMax = depthMax
    }

    private mutating func document() throws(JSONError) {
        skipBlanks()
        guard current == .openBrace else { throw isAtEnd ? unexpected() : error(.notAnObject) }
        repeat {
            if try beginValue() { try endContainers() }
        } while depth > 0
        skipBlanks()
        guard isAtEnd else { throw error(.trailingBytes) }
    }

    /// Reads a value, or the beginning of a container with something in it; true if the value is complete.
    @inline(__always)
    private mutating func beginValue() throws(JSONError) -> Bool {
        skipBlanks()
        switch current {
        case .quote:
            try string()
            return true
        case .openBrace:
            return try open(.object, until: .closeBrace)
        case .openBracket:
            return try open(.array, until: .closeBracket)
        default:
            try scalar()
            return true
        }
    }

    /// Reads an opening bracket; true if the container is empty and closed again.
    private mutating func open(_ kind: JSONValue.Kind, until bracket: UInt8) throws(JSONError) -> Bool {
        guard depth < depthMax else { throw error(.tooDeep(depthMax: depthMax)) }
        let index = nodes.count
        note(kind, from: position, next: container ?? index)
        skip()
        skipBlanks()
        if current == bracket {
            skip()
            close(index)
            return true
        }
        container = index
        depth &+= 1
        if kind == .object { try key() }
        return false
    }

    /// Reads what may follow a value: closing brackets, then a comma (and in an object the next key).
    @inline(__always)
    private mutating func endContainers() throws(JSONError) {
        while let index = container {
            skipBlanks()
            let isObject = nodes[index].kind == .object
            if current == .comma {
                skip()
                if isObject { try key() }
                return
            }
            guard current == (isObject ? .closeBrace : .closeBracket) else { throw unexpected() }
            skip()
            depth &-= 1
            container = depth > 0 ? Int(nodes[index].next) : nil
            close(index)
        }
    }

    private mutating func close(_ index: Int) {
        nodes[index].end = UInt32(truncatingIfNeeded: position)
        nodes[index].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    /// Notes a value from `start` to ``position``; one without others inside it unless `next` says otherwise.
    @inline(__always)
    private mutating func note(_ kind: JSONValue.Kind, from start: Int, hasEscapes: Bool = false, next: Int? = nil) {
        let node = JSONNode(
            start: UInt32(truncatingIfNeeded: start),
            end: UInt32(truncatingIfNeeded: position),
            next: UInt32(truncatingIfNeeded: next ?? nodes.count &+ 1),
            kind: kind,
            hasEscapes: hasEscapes
        )
        nodes.append(node)
    }

    private var isAtEnd: Bool { position >= end }

    /// The byte at ``position``; 0, which the grammar has no place for, at the end.
    @inline(__always)
    private var current: UInt8 { position < end ? bytes[position] : 0 }

    @inline(__always)
    private mutating func skip() { position &+= 1 }

    @inline(__always)
    private mutating func skipBlanks() {
        while position < end {
            let byte = bytes[position]
            guard byte <= .space, byte == .space || byte == .lineFeed || byte == .carriageReturn || byte == .tab
            else { return }
            position &+= 1
        }
    }

    @inline(__always)
    private func error(_ reason: JSONError.Reason) -> JSONError { JSONError(reason, at: position) }

    /// The error that ``current`` can't stand here.
    private func unexpected() -> JSONError { error(isAtEnd ? .unexpectedEnd : .unexpectedByte) }

    @inline(__always)
    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard current == byte, !isAtEnd else { throw unexpected() }
        position &+= 1
    }

    /// Reads a key and its colon, and the blanks around them.
    @inline(__always)
    private mutating func key() throws(JSONError) {
        skipBlanks()
        try string()
        skipBlanks()
        try expect(.colon)
    }

    /// Reads a string and notes it.
    private mutating func string() throws(JSONError) {
        let start = position
        let hasEscapes = try skipString()
        note(.string, from: start, hasEscapes: hasEscapes)
    }

    /// Reads a string and says whether there are escapes in it.
    @inline(__always)
    private mutating func skipString() throws(JSONError) -> Bool {
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
        let start = position
        switch current {
        case 0x2D, 0x30...0x39:
            try number()
            note(.number, from: start)
        case 0x74:
            try literal("true")
            note(.bool, from: start)
        case 0x66:
            try literal("false")
            note(.bool, from: start)
        case 0x6E:
            try literal("null")
            note(.null, from: start)
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
