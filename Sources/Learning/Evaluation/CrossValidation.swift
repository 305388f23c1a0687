internal import Domain
public import Neural
public import Routing

/// What a router expects of outcomes that it has not learned from.
public struct CrossValidation: Sendable {
    /// Which rows are held back together.
    public enum Split: Hashable, Sendable {
        /// The folds of the data, which keep the same question on one side, put together to so many parts.
        case folds(Int)
        /// Kinds of prompts: nothing of a row's kind is learned from.
        case tasks
    }

    /// A row for each outcome, a column for each model.
    public let expected: Matrix
    /// The tokens that answers should have, in the same layout; not a number where the router knows nothing of lengths.
    public let outputTokens: Matrix
    /// How long each estimate took, evidence not included, from the shortest to the longest.
    public let durations: [Duration]

    /// Kinds of prompts are held back in at most so many groups.
    private static let groupsMax = 15

    /// Trains without each part of `rows` in turn, and estimates that part.
    ///
    /// - Parameters:
    ///   - rows: What to learn from and to estimate.
    ///   - split: What a part is.
    ///   - served: What estimates are made from, if not from what was learned from: the same prompts, otherwise encoded.
    ///   - progress: Told how many parts of how many are done.
    ///   - make: Makes a router of the rows that it may learn from.
    /// - Throws: What `make` throws.
    public init(
        _ rows: TrainingRows,
        by split: Split,
        from served: [PromptEvidence]? = nil,
        progress: (Int, Int) -> Void = { _, _ in },
        _ make: (TrainingRows) throws(DataError) -> any QualityEstimator
    ) throws(DataError) {
        let parts = Self.parts(rows.set.outcomes, split)
        var expected = Matrix(rows: rows.set.outcomes.count, columns: rows.set.models.count)
        var outputTokens = Matrix(
            rows: expected.rows,
            columns: expected.columns,
            values: expected.values.map { _ in .nan }
        )
        var durations: [Duration] = []
        for (index, held) in parts.enumerated() {
            let isHeld = Set(held)
            let estimator = try make(rows.rows(rows.set.outcomes.indices.filter { !isHeld.contains($0) }))
            let columns = rows.set.models.map { model in estimator.models.firstIndex { $0.rawValue == model } }
            for row in held {
                let start = ContinuousClock.now
                let estimate = estimator.estimate((served ?? rows.evidence)[row])
                durations.append(.now - start)
                for (column, place) in columns.enumerated() {
                    expected[row, column] = place.map { Float(estimate.qualities[$0].expected) } ?? 0.5
                    guard let place, let tokens = estimate.length?.tokens[place] else { continue }
                    outputTokens[row, column] = Float(tokens)
                }
            }
            progress(index + 1, parts.count)
        }
        self.expected = expected
        self.outputTokens = outputTokens
        self.durations = durations.sorted()
    }

    /// The rows of each part.
    static func parts(_ outcomes: [Outcome], _ split: Split) -> [[Int]] {
        let names =
            switch split {
            case .folds(let count): outcomes.parts(max(count, 1), shareMax: 0.9).map(String.init)
            case .tasks: outcomes.map { $0.task ?? "" }
            }
        let all = Set(names).sorted()
        let groups = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0 % groupsMax) })
        return Dictionary(grouping: outcomes.indices) { groups[names[$0]] ?? 0 }.sorted { $0.key < $1.key }.map(\.value)
    }
}
