/// What became of one task at one model or strategy.
public struct QualityOutcome: Hashable, Sendable {
    /// How good the answer is, 0 to 1; 0 without an answer.
    public var score: Double
    /// What it cost in dollars, failed and rejected attempts included.
    public var dollars: Double
    /// From the question to the whole answer, in milliseconds.
    public var milliseconds: Double
    /// Whether there was an answer.
    public var isAnswered: Bool
    /// The model that gave it.
    public var model: String

    /// An outcome with all its parts.
    public init(score: Double, dollars: Double, milliseconds: Double, isAnswered: Bool, model: String) {
        (self.score, self.dollars, self.milliseconds) = (score, dollars, milliseconds)
        (self.isAnswered, self.model) = (isAnswered, model)
    }
}

/// What all tasks come to at one model or strategy, beside the best model's answers.
public struct QualitySummary: Hashable, Sendable {
    /// What a request may cost and take for its service level to be kept.
    public struct Limits: Hashable, Sendable {
        /// Dollars.
        public var dollarsMax: Double
        /// Milliseconds.
        public var millisecondsMax: Double

        /// The cost-aware router's limits, two cents and two seconds (S2-C04), unless told otherwise.
        public init(dollarsMax: Double = 0.02, millisecondsMax: Double = 2000) {
            (self.dollarsMax, self.millisecondsMax) = (dollarsMax, millisecondsMax)
        }

        fileprivate func hold(_ outcome: QualityOutcome) -> Bool {
            outcome.isAnswered && outcome.dollars <= dollarsMax && outcome.milliseconds <= millisecondsMax
        }
    }

    /// Dollars for all tasks.
    public let dollars: Double
    /// Dollars for one (S2-05).
    public let dollarsPerRequest: Double
    /// The share of tasks answered within the limits on cost and on latency, both (S2-06).
    public let withinLimits: Double
    /// The share of tasks whose answers are as good as the best model's, or better (S2-07).
    public let retained: Double
    /// Dollars less than the best model's answers cost (S2-08); less than 0 if it is more.
    public let saved: Double
    /// The same as a share of what those cost; `nil` where they cost nothing.
    public let savedShare: Double?
    /// The mean score.
    public let meanScore: Double
    /// The mean time, in milliseconds.
    public let meanMilliseconds: Double
    /// Tasks without an answer.
    public let unanswered: Int

    /// The summary of `outcomes`, task by task beside those of the `best` model.
    ///
    /// - Precondition: There are outcomes, and as many of each.
    public init(_ outcomes: [QualityOutcome], best: [QualityOutcome], limits: Limits) {
        precondition(!outcomes.isEmpty && outcomes.count == best.count, "each task has an outcome")
        let count = Double(outcomes.count)
        let (sum, bestSum) = (outcomes.reduce(0) { $0 + $1.dollars }, best.reduce(0) { $0 + $1.dollars })
        dollars = sum
        dollarsPerRequest = sum / count
        withinLimits = Double(outcomes.count(where: limits.hold)) / count
        // Where nobody answers nothing is lost by a strategy; but no answer is never as good as one.
        let kept = zip(outcomes, best).count { $0.score >= $1.score - 1e-9 && ($0.isAnswered || !$1.isAnswered) }
        retained = Double(kept) / count
        saved = bestSum - sum
        savedShare = bestSum > 0 ? (bestSum - sum) / bestSum : nil
        meanScore = outcomes.reduce(0) { $0 + $1.score } / count
        meanMilliseconds = outcomes.reduce(0) { $0 + $1.milliseconds } / count
        unanswered = outcomes.count { !$0.isAnswered }
    }
}
