internal import Glibc

/// The memory that the programs of one thread share: one of them at a time has its values there.
///
/// It grows to what the largest needs, and is never smaller again.
public final class Workspace {
    private var start: UnsafeMutableRawPointer?
    private var byteCount = 0

    /// No memory yet; the first program takes some.
    public init() {}

    deinit { free(start) }

    /// Memory of at least `count` bytes, in whole cache lines; what was there before is lost if it has to grow.
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
