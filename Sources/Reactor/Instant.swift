internal import Domain
internal import Glibc

/// A point on the monotonic clock, in nanoseconds; never the time of day.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since an arbitrary start (boot).
    public let nanoseconds: UInt64

    /// A point `nanoseconds` after the clock's start.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The present.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// A point that never comes.
    public static let never = Instant(nanoseconds: .max)

    /// The point `duration` later, held at ``never``; earlier for a negative one.
    public func advanced(by duration: Duration) -> Instant {
        let offset = duration.nanoseconds
        if offset < 0 {
            let (result, underflows) = nanoseconds.subtractingReportingOverflow(offset.magnitude)
            return underflows ? Instant(nanoseconds: 0) : Instant(nanoseconds: result)
        }
        let (result, overflows) = nanoseconds.addingReportingOverflow(UInt64(offset))
        return overflows ? .never : Instant(nanoseconds: result)
    }

    /// How much later `other` is; negative if it came first.
    public func duration(to other: Instant) -> Duration {
        other >= self
            ? Duration(attoseconds: Int128(other.nanoseconds - nanoseconds) * 1_000_000_000)
            : Duration(attoseconds: -Int128(nanoseconds - other.nanoseconds) * 1_000_000_000)
    }

    /// Whether `left` comes before `right`.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
}
