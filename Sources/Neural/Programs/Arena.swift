internal import Glibc

/// The memory that programs keep their values in, one program at a time; it grows to what the largest needs.
final class Arena {
    private(set) var start: UnsafeMutableRawPointer?
    private var byteCount = 0

    deinit { free(start) }

    /// Memory of at least `count` bytes, in whole cache lines.
    func memory(of count: Int) throws(KernelError) -> UnsafeMutableRawPointer {
        if let start, byteCount >= count { return start }
        free(start)
        (start, byteCount) = (nil, 0)
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, 64, count) == 0, let memory else {
            throw .refused(operation: "\(count) bytes for a program", status: UInt32(ENOMEM))
        }
        // Rows that no text fills hold numbers too, even if nobody reads what becomes of them.
        memset(memory, 0, count)
        (start, byteCount) = (memory, count)
        return memory
    }
}
