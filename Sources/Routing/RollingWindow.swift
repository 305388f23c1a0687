/// The last calls of one model and their running sums: constant time to update and to read.
///
/// The sums are integers, so that adding and taking away the same sample leaves no error behind.
struct RollingWindow: Sendable {
    /// One call.
    struct Sample: Sendable {
        /// How long it took, in nanoseconds.
        let latency: Int64
        /// What it cost, in nanodollars.
        let cost: Int64
        let isSuccess: Bool
        /// Whether the latency says something about answers; see ``Fleet/observe(_:latency:cost:succeeded:)``.
        let isTimed: Bool
    }

    /// What a window adds up to.
    struct Sums: Hashable, Sendable {
        var samples = 0
        var successes = 0
        var timed = 0
        /// Of the timed samples, in nanoseconds.
        var latency: Int64 = 0
        /// Of all samples, in nanodollars.
        var cost: Int64 = 0

        fileprivate mutating func add(_ sample: Sample, times sign: Int) {
            samples += sign
            if sample.isSuccess { successes += sign }
            if sample.isTimed {
                timed += sign
                latency += Int64(sign) * sample.latency
            }
            cost += Int64(sign) * sample.cost
        }
    }

    /// At most this many samples, 1 or more.
    let capacity: Int
    private(set) var sums = Sums()
    private var ring: [Sample] = []
    /// Where the oldest sample lies once the ring is full.
    private var oldest = 0

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    /// Adds `sample` and forgets the oldest one if the window is full.
    mutating func insert(_ sample: Sample) {
        let sample = clamped(sample)
        sums.add(sample, times: 1)
        guard ring.count == capacity else { ring.append(sample); return }
        sums.add(ring[oldest], times: -1)
        ring[oldest] = sample
        oldest = oldest + 1 == capacity ? 0 : oldest + 1
    }

    /// The same window with room for `capacity` samples; the newest are kept.
    func resized(to capacity: Int) -> RollingWindow {
        var window = RollingWindow(capacity: capacity)
        for sample in (ring[oldest...] + ring[..<oldest]).suffix(window.capacity) { window.insert(sample) }
        return window
    }

    /// Holds each figure to what the sums can carry `capacity` times.
    private func clamped(_ sample: Sample) -> Sample {
        let limit = Int64.max / Int64(capacity) / 2
        return Sample(
            latency: min(max(sample.latency, 0), limit),
            cost: min(max(sample.cost, 0), limit),
            isSuccess: sample.isSuccess,
            isTimed: sample.isTimed
        )
    }
}
