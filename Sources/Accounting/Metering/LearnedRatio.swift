internal import Synchronization

/// A ratio learned from pairs of counts, such as bytes per token: the sum of the one over the sum of the other.
///
/// Both sums lie in one atomic word, so that every loop may add to it and none waits. They are halved together when they
/// have grown large, so that a model which changes under its name is followed.
public final class LearnedRatio: Sendable {
    /// Below this much of the denominator the ratio says nothing yet.
    private static let denominatorMin: UInt64 = 256
    private static let sumMax: UInt64 = 1 << 26

    /// The numerator's sum in the upper half, the denominator's in the lower.
    private let sums: Atomic<UInt64>

    /// A ratio that goes on from `sums`, which another one had; 0 knows nothing.
    public init(sums: UInt64 = 0) { self.sums = Atomic(sums) }

    /// All that is known, for a ratio to go on from.
    public var known: UInt64 { sums.load(ordering: .relaxed) }

    /// Learns that `numerator` went with `denominator`; counts that are not positive, or immense, teach nothing.
    public func learn(_ numerator: Int, per denominator: Int) {
        guard let above = Self.summand(numerator), let below = Self.summand(denominator) else { return }
        var known = sums.load(ordering: .relaxed)
        while true {
            var (numerators, denominators) = ((known >> 32) + above, (known & 0xFFFF_FFFF) + below)
            if max(numerators, denominators) > Self.sumMax {
                (numerators, denominators) = (numerators / 2, denominators / 2)
            }
            let (exchanged, original) = sums.weakCompareExchange(
                expected: known,
                desired: numerators << 32 | denominators,
                ordering: .relaxed
            )
            if exchanged { return }
            known = original
        }
    }

    /// The ratio; `nil` until it rests on enough.
    public var value: Double? {
        let known = sums.load(ordering: .relaxed)
        let denominators = known & 0xFFFF_FFFF
        guard denominators >= Self.denominatorMin, known >> 32 > 0 else { return nil }
        return Double(known >> 32) / Double(denominators)
    }

    private static func summand(_ count: Int) -> UInt64? {
        count > 0 && count <= Int(sumMax) ? UInt64(count) : nil
    }
}
