internal import Domain

/// Quantiles of the latest durations to within a sixteenth, in constant memory and time.
///
/// Buckets on a logarithmic scale, as in Masson, Rim and Lee, "DDSketch", VLDB 2019: a value's bucket is known from its
/// highest bits. Two generations take turns, so that what it tells is of the last `capacity / 2` to `capacity` samples.
public struct LatencySketch: Sendable {
    /// Sixteen buckets for each doubling from about a microsecond to 19 hours; what lies outside counts as the nearest.
    private static let stepBits = 4
    private static let exponentMin = 10
    private static let exponentMax = 45
    private static let bucketCount = (exponentMax - exponentMin + 1) << stepBits

    private struct Generation: Sendable {
        var count = 0
        var buckets: [UInt32] = []
    }

    private let generationSize: Int
    private var current = Generation()
    private var previous = Generation()

    /// An empty sketch of the latest `capacity` samples, 2 or more.
    public init(capacity: Int = 512) { generationSize = max(capacity / 2, 1) }

    /// How many samples it tells of.
    public var count: Int { current.count + previous.count }

    /// Adds a sample.
    public mutating func insert(_ duration: Duration) {
        if current.count == generationSize {
            swap(&current, &previous)
            current.count = 0
            for bucket in current.buckets.indices { current.buckets[bucket] = 0 }
        }
        if current.buckets.isEmpty { current.buckets = [UInt32](repeating: 0, count: Self.bucketCount) }
        current.buckets[Self.bucket(of: duration.nanoseconds)] += 1
        current.count += 1
    }

    /// The duration that `share` of the samples, 0 to 1, do not exceed; `nil` before the first.
    public func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        var rest = min(max(Int((min(max(share, 0), 1) * Double(count)).rounded(.up)), 1), count)
        for bucket in 0..<Self.bucketCount {
            let count = sampleCount(in: bucket)
            // The samples of a bucket are taken to lie evenly in it.
            if rest <= count {
                let place = (Double(rest) - 0.5) / Double(count)
                return .nanoseconds(Self.start(of: bucket) + Int64(place * Double(Self.width(of: bucket))))
            }
            rest -= count
        }
        return nil
    }

    /// How much longer those samples took on average that took longer than `elapsed`; `nil` if none did.
    ///
    /// For a light tail this shrinks as time passes, for a heavy one it grows: what has lasted long will last longer.
    public func meanExcess(over elapsed: Duration) -> Duration? {
        let start = elapsed.nanoseconds
        var (samples, sum) = (0, 0.0)
        for bucket in 0..<Self.bucketCount where Self.middle(of: bucket) > start {
            let count = sampleCount(in: bucket)
            samples += count
            sum += Double(count) * Double(Self.middle(of: bucket) - start)
        }
        return samples > 0 ? .nanoseconds(Int64(sum / Double(samples))) : nil
    }

    /// What a duration that has lasted for `elapsed` and is not over is likely to come to; twice that beyond all samples.
    ///
    /// To take censored samples as what they are expected to be, and neither to drop them nor to take them as they are,
    /// is Buckley and James, "Linear regression with censored data", Biometrika 1979.
    public func expected(atLeast elapsed: Duration) -> Duration { elapsed + (meanExcess(over: elapsed) ?? elapsed) }

    private func sampleCount(in bucket: Int) -> Int {
        // A generation that has had no sample has no buckets.
        Int(bucket < current.buckets.count ? current.buckets[bucket] : 0)
            + Int(bucket < previous.buckets.count ? previous.buckets[bucket] : 0)
    }

    private static func bucket(of nanoseconds: Int64) -> Int {
        let value = max(nanoseconds, 1 << exponentMin)
        let exponent = Int64.bitWidth - 1 - value.leadingZeroBitCount
        guard exponent <= exponentMax else { return bucketCount - 1 }
        let step = Int(value >> Int64(exponent - stepBits)) & (1 << stepBits - 1)
        return (exponent - exponentMin) << stepBits | step
    }

    private static func width(of bucket: Int) -> Int64 { 1 << Int64(bucket >> stepBits + exponentMin - stepBits) }

    private static func start(of bucket: Int) -> Int64 {
        (1 << Int64(stepBits) + Int64(bucket & (1 << stepBits - 1))) * width(of: bucket)
    }

    private static func middle(of bucket: Int) -> Int64 { start(of: bucket) + width(of: bucket) / 2 }
}
