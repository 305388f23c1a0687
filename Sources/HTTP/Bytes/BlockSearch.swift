/// Sixteen bytes, worked on at once.
///
/// Only with arithmetic: the compiler makes vector instructions of `&-`, `^`, `|` and `&`, but takes lane after lane for
/// comparisons (Swift 6.3). A byte below 0x80 that equals `c` is the one for which `(byte ^ c) &- 1` sets the highest bit,
/// one that is below `c` the one for which `byte &- c` does.
typealias ByteBlock = SIMD16<UInt8>

extension UnsafePointer<UInt8> {
    /// The index of the first byte in `start..<end` whose highest bit `marks` sets; `end` when there is none.
    @inline(__always)
    func firstMatch(from start: Int, to end: Int, where marks: (ByteBlock) -> ByteBlock) -> Int {
        var index = start
        while end &- index >= 16 {
            let block = UnsafeRawPointer(self + index).loadUnaligned(as: ByteBlock.self)
            let offset = firstMarkedLane(of: marks(block))
            if offset < 16 { return index &+ offset }
            index &+= 16
        }
        guard index < end else { return end }
        // The rest is padded with zeros; whatever they match lies beyond the end.
        var block = ByteBlock()
        withUnsafeMutableBytes(of: &block) { padded in
            padded.copyMemory(from: UnsafeRawBufferPointer(start: self + index, count: end &- index))
        }
        return Swift.min(end, index &+ firstMarkedLane(of: marks(block)))
    }
}

/// The first lane whose highest bit is set, or 16.
@inline(__always)
private func firstMarkedLane(of marks: ByteBlock) -> Int {
    let halves = unsafeBitCast(marks & ByteBlock(repeating: 0x80), to: SIMD2<UInt64>.self)
    if halves[0] != 0 { return halves[0].littleEndian.trailingZeroBitCount >> 3 }
    if halves[1] != 0 { return 8 &+ halves[1].littleEndian.trailingZeroBitCount >> 3 }
    return 16
}

/// Marks control characters: 0x00 to 0x1F (a tab too) and 0x7F.
@inline(__always)
func controlCharacters(_ block: ByteBlock) -> ByteBlock { (below(0x20, block) | equal(0x7F, block)) & ~block }

/// Marks carriage returns and line feeds.
@inline(__always)
func lineEnds(_ block: ByteBlock) -> ByteBlock {
    (equal(.carriageReturn, block) | equal(.lineFeed, block)) & ~block
}

/// Marks what ends a run of plain characters in a JSON string: quotes, backslashes, control characters, all beyond ASCII.
@inline(__always)
func stringStops(_ block: ByteBlock) -> ByteBlock {
    below(0x20, block) | equal(.quote, block) | equal(.backslash, block) | block
}

/// Marks what a JSON string must not hold unescaped: quotes, backslashes, control characters.
@inline(__always)
func escapedCharacters(_ block: ByteBlock) -> ByteBlock {
    (below(0x20, block) | equal(.quote, block) | equal(.backslash, block)) & ~block
}

/// Marks bytes that equal `byte`, and at random bytes from 0x80.
@inline(__always)
private func equal(_ byte: UInt8, _ block: ByteBlock) -> ByteBlock {
    (block ^ ByteBlock(repeating: byte)) &- ByteBlock(repeating: 1)
}

/// Marks bytes below `bound`, and at random bytes from 0x80.
@inline(__always)
private func below(_ bound: UInt8, _ block: ByteBlock) -> ByteBlock { block &- ByteBlock(repeating: bound) }
