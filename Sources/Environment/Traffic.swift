internal import Domain
internal import Glibc

/// A prompt that waits for its model.
struct Prompt: Hashable, Sendable {
    /// 0 to 1, Beta(2, 3).
    var length = 0.0
    /// 0 to 1, Beta(2, 5) and a little more in busy hours.
    var complexity = 0.0
    /// The quality that it requires, 0 to 1.
    var qualityRequired = 0.0

    /// What its length multiplies costs and seconds by where it does: 1 on average.
    var scale: Double { 0.5 + 1.25 * length }

    /// The prompt that comes at a time of day when `load` is this.
    @inline(__always)
    static func drawn(atLoad load: Double, using generator: inout SeededGenerator) -> Self {
        let complexity = (generator.secondLeast(ofPairs: 3) + 0.2 * (load - 0.5)).clippedToUnit
        let length = generator.secondLeast(ofPairs: 2)
        let noise = 0.05 * generator.normal()
        let required = (0.5 + 0.4 * complexity + 0.1 * (load - 0.5) + noise).clippedToUnit
        return Self(length: length, complexity: complexity, qualityRequired: required)
    }
}

/// How busy a day is.
public enum Traffic {
    /// The load at a time of day: 0.9 at 09:00, 0.5 at 03:00 and 15:00, and 0.1 at 21:00.
    ///
    /// - Parameter time: 0 at midnight, 0.5 at noon.
    /// - Returns: From 0.1 to 0.9; 0.5 is the mean.
    @inline(__always)
    public static func load(atTime time: Double) -> Double {
        min(max(0.5 + 0.4 * sin(2 * Double.pi * (time - 0.125)), 0.1), 1)
    }
}

extension Double {
    /// The nearest number from 0 to 1.
    @inline(__always)
    var clippedToUnit: Double { Swift.min(Swift.max(self, 0), 1) }
}
