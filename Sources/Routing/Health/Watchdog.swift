/// How long one model may keep silent before its attempt is given up: learnt from how long it usually does.
///
///     limit = clamp(quantile(recent) · factor, floor … ceiling)
///
/// A limit that is right for a small model is absurd for a reasoning one, and what is right changes with the load. Before
/// there are enough samples the ceiling holds, so that nothing is given up on a guess.
public struct Watchdog: Sendable {
    /// How one kind of silence is limited.
    public struct Limits: Hashable, Sendable {
        /// The quantile of recent silences that counts, 0 to 1.
        public var quantile: Double
        /// How many times that is too long, 1 or more.
        public var factor: Double
        /// Never gives up before this.
        public var floor: Duration
        /// Always gives up after this.
        public var ceiling: Duration
        /// Samples before the quantile counts, 1 or more.
        public var samplesMin: Int

        /// Four times the 99th percentile of at least thirty samples.
        public init(
            quantile: Double = 0.99,
            factor: Double = 4,
            floor: Duration,
            ceiling: Duration,
            samplesMin: Int = 30
        ) {
            self.quantile = min(max(quantile, 0), 1)
            self.factor = max(factor, 1)
            self.floor = max(floor, .zero)
            self.ceiling = max(ceiling, .zero)
            self.samplesMin = max(samplesMin, 1)
        }
    }

    /// Of the time to the first token.
    public var firstToken: Limits { didSet { refresh() } }
    /// Of the time between two tokens.
    public var betweenTokens: Limits { didSet { refresh() } }
    /// Times to first token.
    public private(set) var firstTokens: LatencySketch
    /// The longest pause of each answer: one sample for each, however long it is.
    public private(set) var pauses: LatencySketch
    /// The limits as they stand, so that asking costs nothing.
    public private(set) var firstTokenMax: Duration
    /// The same between two tokens.
    public private(set) var betweenTokensMax: Duration

    /// A watchdog that has seen nothing.
    public init(firstToken: Limits, betweenTokens: Limits, capacity: Int = 512) {
        self.firstToken = firstToken
        self.betweenTokens = betweenTokens
        firstTokens = LatencySketch(capacity: capacity)
        pauses = LatencySketch(capacity: capacity)
        firstTokenMax = firstToken.ceiling
        betweenTokensMax = betweenTokens.ceiling
    }

    /// Takes note of an attempt: the time to its first token, and its longest pause if it had two tokens.
    ///
    /// An attempt that was given up counts with the time that it was given: else only the quick ones would count, and a
    /// model that has become slower for good would never be waited for again.
    public mutating func observe(firstToken: Duration, longestPause: Duration?) {
        firstTokens.insert(firstToken)
        firstTokenMax = self.firstToken.limit(of: firstTokens)
        guard let longestPause else { return }
        pauses.insert(longestPause)
        betweenTokensMax = betweenTokens.limit(of: pauses)
    }

    private mutating func refresh() {
        firstTokenMax = firstToken.limit(of: firstTokens)
        betweenTokensMax = betweenTokens.limit(of: pauses)
    }
}

extension Watchdog.Limits {
    fileprivate func limit(of sketch: LatencySketch) -> Duration {
        guard sketch.count >= samplesMin, let usual = sketch.quantile(quantile) else { return ceiling }
        return min(max(usual * factor, floor), ceiling)
    }
}
