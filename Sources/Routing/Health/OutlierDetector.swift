internal import Domain

/// Finds the backends that have become slow while the others have not.
///
/// Models differ by nature, so each is compared with its own past first: its slowness is a recent quantile of its
/// latency over the same quantile of its history. Where everything has become slower the cause is not the backend, so
/// its slowness has to stand out from its peers' median as well.
public struct OutlierDetector: Hashable, Sendable {
    /// What is known of one backend.
    public struct Backend: Hashable, Sendable {
        /// The quantile of its recent latencies.
        public var recent: Duration
        /// The same quantile of its history.
        public var usual: Duration
        /// How many recent samples there are.
        public var samples: Int
        /// Whether it is called at present; one that is not counts as away.
        public var isAvailable: Bool

        /// A backend as it is.
        public init(recent: Duration, usual: Duration, samples: Int, isAvailable: Bool) {
            self.recent = recent
            self.usual = usual
            self.samples = samples
            self.isAvailable = isAvailable
        }

        fileprivate var slowness: Double {
            Double(recent.nanoseconds) / Double(max(usual.nanoseconds, 1))
        }
    }

    /// Ejects what is this many times slower than it was and than its peers have become, above 1.
    public var factor: Double
    /// At most this share of the backends is away, 0 to 1; one may always be ejected where two are left.
    public var shareMax: Double
    /// Samples before a backend is judged, or counts as a peer; 1 or more.
    public var samplesMin: Int

    /// Three times as slow, a third of the fleet, twenty samples.
    public init(factor: Double = 3, shareMax: Double = 1.0 / 3, samplesMin: Int = 20) {
        self.factor = max(factor, 1)
        self.shareMax = min(max(shareMax, 0), 1)
        self.samplesMin = max(samplesMin, 1)
    }

    /// The places of the backends to eject, the slowest first; never leaves none.
    public func outliers(among backends: [Backend]) -> [Int] {
        let judged = backends.indices.filter { backends[$0].isAvailable && backends[$0].samples >= samplesMin }
        let available = backends.count { $0.isAvailable }
        let away = backends.count - available
        let allowed = min(max(Int(shareMax * Double(backends.count)), 1) - away, available - 1)
        guard shareMax > 0, allowed > 0 else { return [] }
        let slow = judged.filter { place in
            let peers = judged.filter { $0 != place }.map { backends[$0].slowness }.sorted()
            // Without a peer it is alone with its past.
            let median = peers.isEmpty ? 1 : peers[peers.count / 2]
            return backends[place].slowness > factor * max(median, 1)
        }
        let slowest = slow.sorted { (backends[$0].slowness, $1) > (backends[$1].slowness, $0) }
        return Array(slowest.prefix(allowed))
    }
}
