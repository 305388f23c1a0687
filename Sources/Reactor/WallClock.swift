internal import Glibc

/// The time of day, for what people and ledgers read; never for measuring how long something took.
public enum WallClock {
    /// Milliseconds since 1970, UTC.
    public static var unixMilliseconds: Int64 { unixNanoseconds / 1_000_000 }

    /// Nanoseconds since 1970, UTC.
    public static var unixNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
