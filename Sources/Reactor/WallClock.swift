internal import Glibc
internal import Synchronization

/// The calendar's time: for logs, ids and budgets, never for measuring.
///
/// It can be simulated, for the whole process: weeks are then replayed in minutes, and everything that goes by the
/// calendar, from ledger rows to plans, lives through them.
public enum WallClock {
    /// What the simulation began with: nanoseconds since 1970 by the real and by the simulated clock, and its speed.
    ///
    /// Atomic for the compiler's sake alone: it is set before anything reads it.
    private static let realStart = Atomic<Int64>(0)
    private static let simulatedStart = Atomic<Int64>(0)
    private static let speedBits = Atomic<UInt64>(0)

    /// How many seconds of its own pass in a real one: 1 unless it is simulated.
    public static var speed: Double {
        let bits = speedBits.load(ordering: .relaxed)
        return bits == 0 ? 1 : Double(bitPattern: bits)
    }

    /// Has time run `speed` times as fast from now on, beginning with `unixNanoseconds`; for a process's start.
    ///
    /// - Precondition: `speed` is finite and above 0.
    public static func simulate(from unixNanoseconds: Int64, speed: Double) {
        precondition(speed.isFinite && speed > 0, "time goes on")
        realStart.store(real, ordering: .relaxed)
        simulatedStart.store(unixNanoseconds, ordering: .relaxed)
        speedBits.store(speed.bitPattern, ordering: .releasing)
    }

    /// Milliseconds since 1970, UTC.
    public static var unixMilliseconds: Int64 { unixNanoseconds / 1_000_000 }

    /// Nanoseconds since 1970, UTC.
    public static var unixNanoseconds: Int64 {
        let bits = speedBits.load(ordering: .acquiring)
        guard bits != 0 else { return real }
        let passed = Double(real - realStart.load(ordering: .relaxed)) * Double(bitPattern: bits)
        return simulatedStart.load(ordering: .relaxed) + Int64(passed)
    }

    private static var real: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
