/// The texts of one row, held still while SQLite reads them.
///
/// SQLite would else copy each into memory of its own, an allocation a column; the arena is one for a whole transaction.
/// Whoever makes it is its only owner, on the writer's queue.
final class TextArena {
    private static let capacity = 1 << 16

    private let start = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    private var count = 0

    deinit { start.deallocate() }

    /// A copy of `bytes` that stays where it is until ``clear()``; `nil` if there is no room for it.
    func keep(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<UInt8>? {
        guard bytes.count <= Self.capacity - count else { return nil }
        let copy = start + count
        if let source = bytes.baseAddress { copy.update(from: source, count: bytes.count) }
        count += bytes.count
        return UnsafePointer(copy)
    }

    /// Forgets every text.
    func clear() { count = 0 }
}
