internal import Domain
internal import Reactor

/// When the pieces of one stream's content came: what the watchdog of its model learns from.
struct Silence {
    private(set) var firstContentAt: Instant?
    private(set) var lastContentAt: Instant?
    private var longest: Duration?

    /// Takes note of a piece.
    ///
    /// - Returns: The pause before it; `nil` if it is the first.
    mutating func end(at now: Instant) -> Duration? {
        defer { lastContentAt = now }
        guard let last = lastContentAt else {
            firstContentAt = now
            return nil
        }
        let pause = last.duration(to: now)
        longest = max(longest ?? .zero, pause)
        return pause
    }

    /// The longest pause between two pieces, or after the last one until `end`; `nil` if there was none.
    func longestPause(until end: Instant?) -> Duration? {
        guard let end, let last = lastContentAt else { return longest }
        return max(longest ?? .zero, last.duration(to: end))
    }
}
