internal import Glibc
internal import Neural
internal import Routing

/// What is known of each kind of prompts, and of which kind each prompt seems to be.
struct TaskLearner {
    /// The labels, sorted.
    let names: [String]
    /// A column for each label: 1 where a prompt has it, 0 where it has another, not a number where it has none.
    let targets: Matrix
    private let labels: [Int?]

    /// Prompts of a kind that count as nothing known of it.
    private static let prior: Float = 10

    init(_ outcomes: [Outcome]) {
        names = Set(outcomes.compactMap(\.task)).sorted()
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        labels = outcomes.map { $0.task.flatMap { places[$0] } }
        var targets = Matrix(rows: outcomes.count, columns: names.count)
        for (row, label) in labels.enumerated() {
            for column in names.indices {
                targets[row, column] = label.map { $0 == column ? 1 : 0 } ?? .nan
            }
        }
        self.targets = targets
    }

    /// Whether there are two kinds or more.
    var isUseful: Bool { names.count > 1 }

    /// For each label the mean of the decomposition's targets over its prompts, but for those of `fold`.
    func means(of decomposition: Decomposition, folds: [Int], without fold: Int?) -> Matrix {
        let columns = decomposition.targets.columns
        var sums = Matrix(rows: names.count, columns: columns)
        var counts = sums
        for (row, label) in labels.enumerated() where folds[row] != fold {
            guard let label else { continue }
            for (column, value) in decomposition.targets[row: row].enumerated() where !value.isNaN {
                sums[label, column] += value
                counts[label, column] += 1
            }
        }
        let means = zip(sums.values, counts.values).map { $0 / ($1 + Self.prior) }
        return Matrix(rows: names.count, columns: columns, values: means)
    }

    /// For each prompt what its likely kinds say, by regressions that were fitted without its fold.
    func crossFitted(_ regressions: Matrix, _ decomposition: Decomposition, folds: [Int]) -> Matrix {
        var probabilities = regressions
        for row in 0..<regressions.rows {
            let highest = regressions[row: row].max() ?? 0
            let powers = regressions[row: row].map { expf(StackWeights.taskSharpness * ($0 - highest)) }
            let total = powers.reduce(0, +)
            for (column, power) in powers.enumerated() { probabilities[row, column] = power / total }
        }
        var results = Matrix(rows: regressions.rows, columns: decomposition.targets.columns)
        for fold in Set(folds).sorted() {
            let rows = folds.indices.filter { folds[$0] == fold }
            let table = means(of: decomposition, folds: folds, without: fold)
            let products = Matrix.product(probabilities.rows(rows), table)
            for (place, row) in rows.enumerated() {
                results.set(row: row, to: products[row: place])
            }
        }
        return results
    }
}
