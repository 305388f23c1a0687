public import Neural
internal import Routing

/// Outcomes as a table: a row for each prompt, a column for each model.
public struct OutcomeSet: Sendable {
    /// The models that have a score anywhere, sorted by name.
    ///
    /// A model that files spell in several ways, as hosts do (`ModelName`), has one column, under the spelling that has the
    /// most outcomes.
    public let models: [String]
    /// The outcomes, in the order of their files.
    public let outcomes: [Outcome]
    /// A row for each outcome, a column for each model, 0 to 1; not a number where the model was not asked.
    public let scores: Matrix
    /// The tokens of each model's answer, in the layout of ``scores``; not a number where nobody knows.
    public let outputTokens: Matrix

    /// A table of `outcomes`.
    public init(_ outcomes: [Outcome]) {
        self.outcomes = outcomes
        let names = Self.spellings(outcomes)
        models = Set(names.values).sorted()
        let places = Dictionary(uniqueKeysWithValues: models.enumerated().map { ($1, $0) })
        let columns = names.compactMapValues { places[$0] }
        var values = [Float](repeating: .nan, count: outcomes.count * models.count)
        var tokens = values
        for (row, outcome) in outcomes.enumerated() {
            // By name, so that of two spellings in one outcome the same one always counts.
            for (model, score) in outcome.scores.sorted(by: { $0.key < $1.key }) {
                guard let column = columns[model] else { continue }
                values[row * models.count + column] = Float(score)
                tokens[row * models.count + column] = outcome.outputTokens[model].map { Float($0) } ?? .nan
            }
        }
        scores = Matrix(rows: outcomes.count, columns: models.count, values: values)
        outputTokens = Matrix(rows: outcomes.count, columns: models.count, values: tokens)
    }

    /// A table of some of the outcomes of another one, with all of that one's columns.
    init(_ outcomes: [Outcome], models: [String]) {
        let some = OutcomeSet(outcomes)
        var scores = Matrix(rows: outcomes.count, columns: models.count)
        var outputTokens = scores
        let columns = models.map { model in some.models.firstIndex { ModelName($0) == ModelName(model) } }
        for row in outcomes.indices {
            for (column, place) in columns.enumerated() {
                scores[row, column] = place.map { some.scores[row, $0] } ?? .nan
                outputTokens[row, column] = place.map { some.outputTokens[row, $0] } ?? .nan
            }
        }
        (self.outcomes, self.models) = (outcomes, models)
        (self.scores, self.outputTokens) = (scores, outputTokens)
    }

    /// For each spelling of a model the one that it goes by.
    private static func spellings(_ outcomes: [Outcome]) -> [String: String] {
        var counts: [String: Int] = [:]
        for outcome in outcomes { for model in outcome.scores.keys { counts[model, default: 0] += 1 } }
        let groups = Dictionary(grouping: counts.keys.sorted()) { ModelName($0) }
        var names: [String: String] = [:]
        for group in groups.values {
            let usual = group.max { (counts[$0] ?? 0, $1) < (counts[$1] ?? 0, $0) }
            for spelling in group { names[spelling] = usual ?? spelling }
        }
        return names
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
