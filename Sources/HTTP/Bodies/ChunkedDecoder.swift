/// Decodes the chunked transfer coding, RFC 9112, §7.1, however it is cut into reads.
///
/// States: a size's digits → its extension → its LF → data → CR → LF → the next size; after the size 0 trailer lines, each
/// dropped, up to an empty one. Each byte is looked at once, and data is copied in runs.
struct ChunkedDecoder: Sendable {
    private enum State {
        case size
        case chunkExtension
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case lastLineFeed
        case complete
    }

    private let bodyBytesMax: Int
    private let overheadBytesMax: Int
    private var state = State.size
    private var digitCount = 0
    /// The size as read so far, then the bytes of the chunk that are still to come.
    private var remaining = 0
    private var bodyBytes = 0
    private var overheadBytes = 0

    init(bodyBytesMax: Int, overheadBytesMax: Int) {
        self.bodyBytesMax = bodyBytesMax
        self.overheadBytesMax = overheadBytesMax
    }

    var isComplete: Bool { state == .complete }

    mutating func decode(
        _ input: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(HTTPError) -> Int {
        var index = 0
        while index < input.count, state != .complete {
            if state == .data {
                let count = min(remaining, input.count - index)
                output.append(copying: UnsafeRawBufferPointer(rebasing: input[index..<index + count]))
                index += count
                remaining -= count
                if remaining == 0 { state = .dataCarriageReturn }
            } else {
                state = try next(after: input[index])
                index += 1
            }
        }
        return index
    }

    private mutating func next(after byte: UInt8) throws(HTTPError) -> State {
        switch state {
        case .size: try afterSize(byte)
        case .chunkExtension: try afterExtension(byte)
        case .sizeLineFeed: try afterSizeLine(byte)
        case .dataCarriageReturn: try expect(.carriageReturn, byte, then: .dataLineFeed)
        case .dataLineFeed: try expect(.lineFeed, byte, then: .size)
        case .trailerStart: try afterTrailerStart(byte)
        case .trailerName: try afterTrailerName(byte)
        case .trailerValue: try afterTrailerValue(byte)
        case .trailerLineFeed: try expect(.lineFeed, byte, then: .trailerStart, or: .invalidTrailer)
        case .lastLineFeed: try expect(.lineFeed, byte, then: .complete, or: .invalidTrailer)
        case .data, .complete: state
        }
    }

    private func expect(
        _ expected: UInt8,
        _ byte: UInt8,
        then next: State,
        or error: HTTPError = .invalidChunkEnd
    ) throws(HTTPError) -> State {
        guard byte == expected else { throw error }
        return next
    }

    private mutating func afterSize(_ byte: UInt8) throws(HTTPError) -> State {
        if let digit = byte.hexadecimalValue {
            // Four bits more must still fit an Int, whose sign bit must stay clear.
            guard digitCount < 16, remaining >> 59 == 0 else { throw .invalidChunkSize }
            digitCount += 1
            remaining = remaining << 4 | Int(digit)
            return .size
        }
        guard digitCount > 0 else { throw .invalidChunkSize }
        guard remaining <= bodyBytesMax - bodyBytes else { throw .bodyTooLarge(bodyBytesMax: bodyBytesMax) }
        switch byte {
        case .carriageReturn: return .sizeLineFeed
        case 0x3B: return .chunkExtension
        default: throw .invalidChunkSize
        }
    }

    private mutating func afterExtension(_ byte: UInt8) throws(HTTPError) -> State {
        if byte == .carriageReturn { return .sizeLineFeed }
        guard byte == .tab || (byte >= 0x20 && byte != 0x7F) else { throw .invalidChunkExtension }
        try countOverhead()
        return .chunkExtension
    }

    private mutating func afterSizeLine(_ byte: UInt8) throws(HTTPError) -> State {
        guard byte == .lineFeed else { throw .invalidChunkSize }
        digitCount = 0
        bodyBytes += remaining
        return remaining == 0 ? .trailerStart : .data
    }

    private mutating func afterTrailerStart(_ byte: UInt8) throws(HTTPError) -> State {
        if byte == .carriageReturn { return .lastLineFeed }
        guard byte != .colon else { throw .invalidTrailer }
        return try afterTrailerName(byte)
    }

    private mutating func afterTrailerName(_ byte: UInt8) throws(HTTPError) -> State {
        try countOverhead()
        if byte == .colon { return .trailerValue }
        guard ByteSet.token.contains(byte) else { throw .invalidTrailer }
        return .trailerName
    }

    private mutating func afterTrailerValue(_ byte: UInt8) throws(HTTPError) -> State {
        if byte == .carriageReturn { return .trailerLineFeed }
        guard byte == .tab || (byte >= 0x20 && byte != 0x7F) else { throw .invalidTrailer }
        try countOverhead()
        return .trailerValue
    }

    private mutating func countOverhead() throws(HTTPError) {
        overheadBytes += 1
        guard overheadBytes <= overheadBytesMax else {
            throw .chunkOverheadTooLarge(overheadBytesMax: overheadBytesMax)
        }
    }
}
