/// Takes an event stream apart by the rules of the WHATWG HTML standard, §9.2.6, however it is cut into reads.
///
/// After each ``append(_:)`` call ``next()`` until it answers `nil`. Lines end in LF, CRLF or CR. An event whose empty line
/// ends in a CR waits for the next byte, since a LF would belong to it; but not where the line before ended in CR or LF
/// alone: there the stream isn't one of CRLFs, and nothing would come before the next event. (A LF that does come after all
/// makes an empty block of its own.)
public struct EventStreamParser: Sendable {
    private enum LineEnd {
        case unknown
        case one
        case two
    }

    private let eventBytesMax: Int
    private var buffer: [UInt8] = []
    /// The first byte of the event that isn't finished; those before it were handed out.
    private var start = 0
    /// The first byte of its last line.
    private var lineStart = 0
    /// All bytes before this one were searched for line ends.
    private var searched = 0
    /// Where the first line of the event that isn't finished ends, and how many lines it has so far.
    private var firstLineEnd = 0
    private var lineCount = 0
    private var lastLineEnd = LineEnd.unknown
    private var isAtStart = true

    /// A parser for one stream.
    ///
    /// - Parameter eventBytesMax: The length of one event at most, line ends included.
    public init(eventBytesMax: Int) { self.eventBytesMax = eventBytesMax }

    /// Whether bytes of an unfinished event are left: at the stream's end, a sign that it was cut off.
    public var hasPartial: Bool { start < buffer.count }

    /// The bytes of the unfinished event.
    public var partial: ArraySlice<UInt8> { buffer[start...] }

    /// Takes the next bytes of the stream.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        compact()
        buffer.append(copying: bytes)
    }

    /// Takes the next bytes of the stream.
    public mutating func append(_ bytes: ArraySlice<UInt8>) {
        compact()
        buffer.append(contentsOf: bytes)
    }

    /// The next event that is there as a whole; `nil` when more bytes are needed.
    ///
    /// - Throws: ``EventStreamError/eventTooLarge(eventBytesMax:)``, also while the event is unfinished.
    public mutating func next() throws(EventStreamError) -> ServerSentEvent? {
        let end = buffer.withUnsafeBufferPointer { endOfBlock(in: $0) }
        guard (end ?? buffer.count) - start <= eventBytesMax else {
            throw .eventTooLarge(eventBytesMax: eventBytesMax)
        }
        guard let end else { return nil }
        let block = buffer[start..<end]
        let event = lineCount == 1 && block.hasPrefix("data:") ? dataEvent(in: block) : event(in: block)
        start = end
        lineCount = 0
        isAtStart = false
        return event
    }

    /// Drops what was handed out: all of it for nothing, or a part that is no shorter than what has to be moved for it.
    private mutating func compact() {
        guard start > 0, start >= buffer.count - start else { return }
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
        } else {
            buffer.removeSubrange(..<start)
        }
        lineStart -= start
        searched -= start
        firstLineEnd -= start
        start = 0
    }

    /// The index after the next empty line.
    private mutating func endOfBlock(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        while true {
            let end = base.firstMatch(from: searched, to: bytes.count, where: lineEnds)
            searched = end
            guard end < bytes.count, let next = endOfLine(in: bytes, at: end) else { return nil }
            let isBlank = end == lineStart
            lastLineEnd = next - end == 2 ? .two : .one
            lineStart = next
            searched = next
            if isBlank { return next }
            if lineCount == 0 { firstLineEnd = end }
            lineCount += 1
        }
    }

    /// The index after the line end at `end`; `nil` if the next byte decides what it is.
    private func endOfLine(in bytes: UnsafeBufferPointer<UInt8>, at end: Int) -> Int? {
        let isBlank = end == lineStart
        guard bytes[end] == .carriageReturn, !(isBlank && lastLineEnd == .one) else { return end + 1 }
        guard end + 1 < bytes.count else { return nil }
        return bytes[end + 1] == .lineFeed ? end + 2 : end + 1
    }

    /// The event of a block that is one `data` line, as nearly all are.
    private func dataEvent(in block: ArraySlice<UInt8>) -> ServerSentEvent {
        let value = block[block.startIndex + "data:".utf8.count..<firstLineEnd]
        let data = value.first == .space ? value.dropFirst() : value
        return ServerSentEvent(raw: block, data: data, name: nil, isComment: false)
    }

    private func event(in block: ArraySlice<UInt8>) -> ServerSentEvent {
        var first: Range<Int>?
        var joined: [UInt8] = []
        var dataCount = 0
        var name: Range<Int>?
        forEachField(in: block) { field, value in
            if field.equals("data") {
                dataCount += 1
                if dataCount == 1 { first = value }
                if dataCount == 2, let first { joined.append(contentsOf: block[first]) }
                if dataCount >= 2 {
                    joined.append(.lineFeed)
                    joined.append(contentsOf: block[value])
                }
            } else if field.equals("event") {
                name = value
            }
        }
        let data = dataCount > 1 ? joined[...] : first.map { block[$0] } ?? []
        let isNamed = name.map { !$0.isEmpty } ?? false
        return ServerSentEvent(
            raw: block,
            data: data,
            name: isNamed ? name.map { block[$0] } : nil,
            isComment: dataCount == 0
        )
    }

    /// Calls `body` with the name of each field and where its value is; comments are left out.
    private func forEachField(
        in block: ArraySlice<UInt8>,
        _ body: (_ field: ArraySlice<UInt8>, _ value: Range<Int>) -> Void
    ) {
        var lineStart = block.startIndex
        if isAtStart, block.hasPrefix("\u{FEFF}") { lineStart += 3 }
        while lineStart < block.endIndex {
            let lineEnd = block.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return block.endIndex }
                let end = base.firstMatch(from: lineStart - block.startIndex, to: bytes.count, where: lineEnds)
                return block.startIndex + end
            }
            let line = block[lineStart..<lineEnd]
            let colon = line.firstIndex(of: .colon) ?? lineEnd
            if colon > lineStart {
                let hasSpace = colon + 1 < lineEnd && block[colon + 1] == .space
                body(block[lineStart..<colon], min(colon + (hasSpace ? 2 : 1), lineEnd)..<lineEnd)
            }
            // The LF of a CRLF reads as an empty line, which says nothing here.
            lineStart = lineEnd + 1
        }
    }
}
