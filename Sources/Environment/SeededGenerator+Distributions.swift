internal import Domain
internal import Glibc

// What the environment's chance consists of. The same seed gives the same numbers wherever logarithm and sine are the
// same; none of these keeps anything from one call to the next.
extension SeededGenerator {
    /// From 0 to below 1, in steps of 2⁻⁵³.
    @inline(__always)
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A standard normal number.
    @inline(__always)
    mutating func normal() -> Double { Ziggurat.normal.draw(using: &self) }

    /// An exponentially distributed number.
    @inline(__always)
    mutating func exponential(mean: Double) -> Double { -mean * log(1 - uniform()) }

    /// A number distributed as Beta(2, 2·`pairs` − 1): the second least of 2·`pairs` uniform ones.
    ///
    /// David and Nagaraja, "Order statistics", 2003, section 2.3. Each 64 bits are two of the numbers.
    @inline(__always)
    mutating func secondLeast(ofPairs pairs: Int) -> Double {
        var (least, second) = (UInt32.max, UInt32.max)
        for _ in 0..<pairs {
            let bits = next()
            let (low, high) = (UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32))
            second = min(second, max(least, low))
            least = min(least, low)
            second = min(second, max(least, high))
            least = min(least, high)
        }
        return (Double(second) + 0.5) * 0x1p-32
    }
}
