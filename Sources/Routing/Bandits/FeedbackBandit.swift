public import Domain

/// A contextual bandit that learns from feedback, and a guard that lets it choose only while that is better than the strategy.
///
/// LinUCB: the model of the highest θᵀx + α·√(xᵀA⁻¹x) among those that can serve; Li, Chu, Langford and Schapire, "A
/// contextual-bandit approach to personalized news article recommendation", 2010. A share of choices is left to even chance, so that
/// every propensity is known and above 0.
///
/// The guard compares what the bandit would have chosen for each judged request, as it was at that time, with what the strategy
/// would have: doubly robust, by the logged propensities, with an interval of 95 per cent. It begins with the strategy in force; the
/// bandit gets in force where it is better for certain, and out of force again as soon as it is no longer better on
/// the latest requests. Where too little is known, it stays as it was.
///
/// A value: whoever serves keeps one, makes a new one of all lessons, and swaps it whole.
public struct FeedbackBandit: Sendable {
    /// How it learns and when it chooses.
    public struct Settings: Hashable, Sendable {
        /// α: how much it tries what it knows little of.
        public var width = 0.3
        /// The share of choices left to even chance, 0 to 1.
        public var exploration = 0.1
        /// The latest judged requests that the guard looks at.
        public var guardRows = 500
        /// The share of lessons that one key may make up, 0 to 1.
        public var keyShareMax = 0.5

        /// The usual settings.
        public init() {}
    }

    /// Why the bandit is in force, or not.
    public enum Verdict: Hashable, Sendable {
        /// Too little is known to compare: why.
        case undecided(String)
        /// What the bandit earns more than the strategy, on average.
        case compared(OffPolicyEvaluation.Estimate)
    }

    /// How it learns.
    public let settings: Settings
    /// The models, in the catalogue's order.
    public let models: [ModelID]
    /// Whether the bandit chooses.
    public let isInForce: Bool
    /// What the guard found last.
    public let verdict: Verdict
    /// How many lessons it has learned from.
    public let lessonCount: Int
    private let arms: LinearArms

    /// Lessons that a key may have whatever others say.
    private static let keyFloor = 100

    /// The bandit that these lessons make.
    ///
    /// - Parameters:
    ///   - lessons: Oldest first; those on models that are not among `models` say nothing.
    ///   - models: In the catalogue's order.
    ///   - wasInForce: Whether it was in force until now; `nil` for what the latest lesson says.
    ///   - settings: How it learns.
    /// - Complexity: O(lessons · numbers²).
    public init(_ lessons: [BanditLesson], models: [ModelID], wasInForce: Bool?, settings: Settings) {
        (self.settings, self.models) = (settings, models)
        let places = Dictionary(models.enumerated().map { ($1, $0) }) { first, _ in first }
        let kept = lessons.filter { $0.context.count == Complexity.contextSize && places[$0.model] != nil }
            .capped(toShare: settings.keyShareMax, floor: Self.keyFloor)
        var arms = LinearArms(count: models.count, inputs: Complexity.contextSize)
        for lesson in kept {
            if let arm = places[lesson.model] { arms.learn(lesson.reward, of: arm, in: lesson.context) }
        }
        self.arms = arms
        lessonCount = kept.count
        let before = wasInForce ?? lessons.last?.wasInForce ?? false
        do throws(OffPolicyRefusal) {
            let gain = try Self.gain(kept.suffix(settings.guardRows), places)
            verdict = .compared(gain)
            isInForce = gain.low > 0 || before && gain.value >= 0
        } catch {
            verdict = .undecided(error.message)
            isInForce = before
        }
    }

    /// What the bandit's choices would have earned more than the strategy's.
    private static func gain(
        _ lessons: some Sequence<BanditLesson>,
        _ places: [ModelID: Int]
    ) throws(OffPolicyRefusal) -> OffPolicyEvaluation.Estimate {
        var decisions: [LoggedDecision] = []
        var others: [[Double]] = []
        for lesson in lessons {
            guard lesson.chosen == lesson.model, lesson.propensity > 0, lesson.propensity <= 1,
                let action = places[lesson.model], let own = places[lesson.routerChoice],
                let strategys = places[lesson.strategyChoice]
            else { continue }
            decisions.append(
                LoggedDecision(
                    action: action,
                    propensity: lesson.propensity,
                    reward: lesson.reward,
                    // The constant is the model's own affair.
                    context: Array(lesson.context.dropFirst()),
                    target: places.count.certain(of: own)
                )
            )
            others.append(places.count.certain(of: strategys))
        }
        return try OffPolicyEvaluation.gain(of: decisions, over: others)
    }

    /// What it makes of each model for a prompt, in the catalogue's order.
    ///
    /// - Precondition: There are ``Complexity/contextSize`` numbers.
    public func preferences(in context: [Double]) -> Preferences {
        let values = models.indices.map { arm -> Double? in
            let (mean, deviation) = arms.expected(of: arm, in: context)
            return mean + settings.width * deviation
        }
        return Preferences(values: values, isInForce: isInForce, exploration: settings.exploration)
    }

    /// What each model is expected to earn for a prompt, without what is added for knowing little.
    ///
    /// - Precondition: As for ``preferences(in:)``.
    public func expected(in context: [Double]) -> [Double] {
        models.indices.map { arms.expected(of: $0, in: context).mean }
    }
}

extension Int {
    /// So many probabilities, of which that of `place` is 1.
    fileprivate func certain(of place: Int) -> [Double] { (0..<self).map { $0 == place ? 1 : 0 } }
}
