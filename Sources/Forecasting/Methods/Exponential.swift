internal import Glibc

/// Decay from hour to hour.
enum Exponential {
    /// What is left after an hour of what falls to 1/e in `hours`.
    static func decay(hours: Double) -> Double { hours > 0 ? exp(-1 / hours) : 0 }
}
