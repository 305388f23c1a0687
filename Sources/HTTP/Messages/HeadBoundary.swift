import Glibc

/// Finds the empty line that ends a head, and remembers how far it has looked.
///
/// Each byte is looked at once however the head is cut into reads, so a head that drips in costs no more than a whole one.
/// Lines that end in LF alone are refused here: past this point, each line is known to end in CRLF.
struct HeadBoundary: Sendable {
    let bytesMax: Int
    /// All bytes before this one have been searched.
    private var searched = 0
    private var lineStart = 0

    /// - Parameter bytesMax: The head's length at most, with its last empty line; kept within 1 GiB, see ``ByteRange``.
    init(bytesMax: Int) { self.bytesMax = min(max(bytesMax, 0), 1 << 30) }

    /// The end of the head that starts at `start`, after its empty line; `nil` when more bytes are needed.
    mutating func end(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) throws(HTTPError) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        searched = max(searched, start)
        lineStart = max(lineStart, start)
        while let found = memchr(base + searched, Int32(UInt8.lineFeed), bytes.count - searched) {
            let index = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            guard index - start < bytesMax else { throw excess(from: start) }
            guard index > lineStart, base[index - 1] == .carriageReturn else { throw .bareLineFeed }
            searched = index + 1
            if index - lineStart == 1 {
                defer { reset() }
                return searched
            }
            lineStart = searched
        }
        searched = bytes.count
        guard bytes.count - start < bytesMax else { throw excess(from: start) }
        return nil
    }

    private mutating func reset() {
        searched = 0
        lineStart = 0
    }

    private func excess(from start: Int) -> HTTPError {
        lineStart == start ? .targetTooLong(headBytesMax: bytesMax) : .headTooLarge(headBytesMax: bytesMax)
    }
}
