public import Neural

/// Outcomes as a table: a row for each prompt, a column for each model.
public struct OutcomeSet: Sendable {
    /// The models that have a score anywhere, sorted by name.
    public let models: [String]
    /// The outcomes, in the order of their files.
    public let outcomes: [Outcome]
    /// A row for each outcome, a column for each model, 0 to 1; not a number where the model was not asked.
    public let scores: Matrix

    /// A table of `outcomes`.
    public init(_ outcomes: [Outcome]) {
        self.outcomes = outcomes
        models = outcomes.reduce(into: Set<String>()) { $0.formUnion($1.scores.keys) }.sorted()
        let columns = Dictionary(uniqueKeysWithValues: models.enumerated().map { ($1, $0) })
        var values = [Float](repeating: .nan, count: outcomes.count * models.count)
        for (row, outcome) in outcomes.enumerated() {
            for (model, score) in outcome.scores {
                guard let column = columns[model] else { continue }
                values[row * models.count + column] = Float(score)
            }
        }
        scores = Matrix(rows: outcomes.count, columns: models.count, values: values)
    }

    /// Each model's mean score over the prompts that it was asked.
    public var means: [Double] {
        models.indices.map { model in
            let asked = outcomes.indices.map { scores[$0, model] }.filter { !$0.isNaN }
            return Double(asked.reduce(0, +)) / Double(max(asked.count, 1))
        }
    }

    /// The outcomes that `isIncluded` says yes to.
    public func filter(_ isIncluded: (Outcome) -> Bool) -> OutcomeSet { OutcomeSet(outcomes.filter(isIncluded)) }
}
