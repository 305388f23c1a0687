internal import Domain
public import Neural
public import Routing

/// How a router that has never seen a kind of prompts comes to know it by feedback on its answers.
///
/// Whole kinds of prompts are held back in turn. Half of a kind's prompts come one after the other, each is answered by one
/// model at random, and its score is told; the other half is estimated after so many of them. As in a gateway, a judged
/// prompt has the score of one model only.
public struct FeedbackCurve: Sendable {
    /// What routers expect after so much feedback.
    public struct Point: Sendable {
        /// Judged answers of each kind of prompts, at most: as many as there are where there are fewer.
        public let rows: Int
        /// By the router as it was trained, corrected by a ``FeedbackMemory``: a row for each outcome of ``FeedbackCurve/set``.
        public let corrected: Matrix
        /// By the router trained anew with the feedback; `nil` where that was not asked for.
        public let refitted: Matrix?
    }

    /// The outcomes that are estimated.
    public let set: OutcomeSet
    /// The more feedback, the later.
    public let points: [Point]

    /// The curve over `rows`, at each of `counts`.
    ///
    /// - Parameters:
    ///   - rows: What to learn from and to estimate.
    ///   - counts: How much feedback there is of each kind, rising.
    ///   - models: The models that answer; all where it is empty.
    ///   - isRefitted: Whether the router is also trained anew at each point.
    ///   - settings: How much feedback counts.
    ///   - seed: Decides which prompts are judged, and whose answers.
    ///   - progress: Told how many parts of how many are done.
    ///   - make: Makes a router of the rows that it may learn from.
    /// - Throws: What `make` throws.
    public init(
        _ rows: TrainingRows,
        counts: [Int],
        models: [String] = [],
        isRefitted: Bool,
        settings: FeedbackMemory.Settings = FeedbackMemory.Settings(),
        seed: UInt64 = 1,
        progress: (Int, Int) -> Void = { _, _ in },
        _ make: (TrainingRows) throws(DataError) -> any QualityEstimator
    ) throws(DataError) {
        let parts = CrossValidation.parts(rows.set.outcomes, .tasks)
        var generator = SeededGenerator(seed: seed)
        var tested: [Int] = []
        var corrected = counts.map { _ in [Float]() }
        var refitted = corrected
        for (index, part) in parts.enumerated() {
            let isHeld = Set(part)
            let others = rows.set.outcomes.indices.filter { !isHeld.contains($0) }
            let shuffled = part.shuffled(using: &generator)
            let judged = shuffled.prefix(part.count / 2).compactMap { place in
                Self.judged(rows, place, models, using: &generator)
            }
            let test = shuffled.dropFirst(part.count / 2).sorted()
            let router = try make(rows.rows(others))
            for (point, count) in counts.enumerated() {
                let lessons = judged.prefix(count).map(\.lesson)
                let memory = FeedbackMemory(lessons, of: router, rowsMax: max(count, 1), settings: settings)
                for place in test {
                    let estimate = router.estimate(rows.evidence[place])
                    let better = memory.corrected(estimate, of: rows.evidence[place], for: nil)
                    corrected[point] += Self.row(of: better, by: router, rows.set.models)
                }
                guard isRefitted else { continue }
                let anew = count == 0 ? router : try make(rows.rows(others, and: judged.prefix(count).map(\.outcome)))
                for place in test {
                    refitted[point] += Self.row(of: anew.estimate(rows.evidence[place]), by: anew, rows.set.models)
                }
            }
            tested += test
            progress(index + 1, parts.count)
        }
        set = OutcomeSet(tested.map { rows.set.outcomes[$0] }, models: rows.set.models)
        let columns = rows.set.models.count
        points = counts.indices.map { point in
            Point(
                rows: counts[point],
                corrected: Matrix(rows: tested.count, columns: columns, values: corrected[point]),
                refitted: isRefitted ? Matrix(rows: tested.count, columns: columns, values: refitted[point]) : nil
            )
        }
    }

    /// One model's answer to the prompt at `place`, as feedback and as an outcome; `nil` if none of `models` was asked.
    private static func judged(
        _ rows: TrainingRows,
        _ place: Int,
        _ models: [String],
        using generator: inout SeededGenerator
    ) -> (lesson: FeedbackMemory.Lesson, outcome: (Outcome, PromptEvidence))? {
        let asked = rows.set.models.indices.filter { column in
            !rows.set.scores[place, column].isNaN && (models.isEmpty || models.contains(rows.set.models[column]))
        }
        guard let column = asked.randomElement(using: &generator) else { return nil }
        let (outcome, evidence) = (rows.set.outcomes[place], rows.evidence[place])
        let score = Double(rows.set.scores[place, column])
        let lesson = FeedbackMemory.Lesson(
            id: RequestID(high: 0, low: UInt64(place)),
            prompt: evidence,
            model: ModelID(rows.set.models[column]),
            score: score,
            key: nil
        )
        let answer = Outcome(
            id: outcome.id,
            prompt: outcome.prompt,
            scores: [rows.set.models[column]: score],
            task: outcome.task,
            fold: outcome.fold
        )
        return (lesson, (answer, evidence))
    }

    /// What `router` expects, in the order of `models`.
    private static func row(of estimate: PromptEstimate, by router: any QualityEstimator, _ models: [String]) -> [Float]
    {
        if router.models.count == models.count, zip(router.models, models).allSatisfy({ $0.rawValue == $1 }) {
            return estimate.qualities.map { Float($0.expected) }
        }
        return models.map { model in
            router.models.firstIndex { $0.rawValue == model }.map { Float(estimate.qualities[$0].expected) } ?? 0.5
        }
    }
}
