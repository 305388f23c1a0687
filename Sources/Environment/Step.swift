/// What came of sending a prompt to a model.
public struct Step: Hashable, Sendable {
    /// What it was worth.
    public var reward = 0.0
    /// Dollars that it cost.
    public var cost = 0.0
    /// How good the answer was, 0 to 1.
    public var quality = 0.0
    /// Seconds until it came.
    public var latency = 0.0
    /// Dollars of the episode that are left.
    public var budgetRemaining = 0.0
    /// How complex the prompt was, 0 to 1.
    public var complexity = 0.0
    /// The quality that it required, 0 to 1.
    public var qualityRequired = 0.0
    /// The model's number.
    public var model = 0
    /// Whether the answer came after the limit.
    public var violatesSLA = false
    /// Whether it was worse than required.
    public var violatesQuality = false
    /// Whether there was none: the queue was full, or the wait too long.
    public var isFailed = false
    /// Whether the budget is spent.
    public var isTerminated = false
    /// Whether the time limit is reached.
    public var isTruncated = false

    /// A step that came to nothing.
    public init() {}

    /// Whether the episode is over, for whatever reason.
    public var isLast: Bool { isTerminated || isTruncated }
}
