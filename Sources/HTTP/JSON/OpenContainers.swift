/// Which brackets are open, one bit each: 1 for an object, 0 for an array.
///
/// The innermost 64 are in one word; only deeper texts need memory.
struct OpenContainers {
    private(set) var depth = 0
    private var word: UInt64 = 0
    private var outer: [UInt64] = []

    var isObject: Bool { word & 1 == 1 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth & 63 == 0, depth > 0 { outer.append(word) }
        word = word << 1 | (isObject ? 1 : 0)
        depth &+= 1
    }

    @inline(__always)
    mutating func pop() {
        depth &-= 1
        word >>= 1
        if depth & 63 == 0, let last = outer.popLast() { word = last }
    }
}
