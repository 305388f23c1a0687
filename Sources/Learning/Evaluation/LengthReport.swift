internal import Glibc
public import Neural

/// How much better a prompt tells the length of an answer than the model's mean does.
public struct LengthReport: Hashable, Sendable {
    /// Answers whose length was expected and came.
    public let count: Int
    /// The root of the mean squared distance of the logarithms of tokens, each model's own factor taken off.
    public let logarithmError: Interval
    /// The same of each model's mean, whatever the prompt.
    public let logarithmErrorOfMeans: Double
    /// The share of what answers cost beside their model's mean that is foreseen: 1 − Σ (t − expected)² / Σ (t − mean)².
    ///
    /// Tokens are in those of the model's mean, so that models that say much don't count for more. Below 0 is worse than the mean.
    public let explained: Interval

    /// The report of `expected` tokens; `nil` where nothing was expected, or answers of a model are all alike.
    ///
    /// The means are those of the answers that are judged, which no router knows: the comparison is on their side.
    ///
    /// - Parameters:
    ///   - set: The outcomes.
    ///   - expected: A row for each, a column for each model; not a number where nothing is expected.
    ///   - samples: Of the bootstrap.
    ///   - seed: Of the bootstrap.
    public init?(_ set: OutcomeSet, expected: Matrix, samples: Int = 200, seed: UInt64 = 1) {
        var rows = [Errors](repeating: Errors(), count: expected.rows)
        var count = 0
        for column in set.models.indices {
            let known = set.outcomes.indices.filter {
                !set.outputTokens[$0, column].isNaN && !expected[$0, column].isNaN
            }
            guard !known.isEmpty else { continue }
            count += known.count
            func logarithm(_ tokens: Float) -> Double { log(Double(max(tokens, 1))) }
            func mean(_ value: (Int) -> Double) -> Double { known.reduce(0) { $0 + value($1) } / Double(known.count) }
            let tokens = max(mean { Double(set.outputTokens[$0, column]) }, 1)
            let level = mean { logarithm(set.outputTokens[$0, column]) }
            let bias = mean { logarithm(set.outputTokens[$0, column]) - logarithm(expected[$0, column]) }
            for row in known {
                let (came, foreseen) = (set.outputTokens[row, column], expected[row, column])
                rows[row].add(
                    logarithm: logarithm(came) - logarithm(foreseen) - bias,
                    ofMean: logarithm(came) - level,
                    cost: Double(came - foreseen) / tokens,
                    ofMean: Double(came) / tokens - 1
                )
            }
        }
        func figure(_ value: (Errors) -> Double?) -> Interval? {
            Interval.bootstrap(count: rows.count, samples: samples, seed: seed) { places in
                value(places.reduce(into: Errors()) { $0.add(rows[$1]) })
            }
        }
        guard let error = figure(\.root), let explained = figure(\.explained) else { return nil }
        self.count = count
        logarithmError = error
        self.explained = explained
        let all = rows.reduce(into: Errors()) { $0.add($1) }
        logarithmErrorOfMeans = (all.logarithmOfMean / all.count).squareRoot()
    }
}

/// Sums of squared errors.
private struct Errors {
    private(set) var count = 0.0
    private var logarithm = 0.0
    private(set) var logarithmOfMean = 0.0
    private var cost = 0.0
    private var costOfMean = 0.0

    mutating func add(logarithm: Double, ofMean logarithmOfMean: Double, cost: Double, ofMean costOfMean: Double) {
        count += 1
        self.logarithm += logarithm * logarithm
        self.logarithmOfMean += logarithmOfMean * logarithmOfMean
        self.cost += cost * cost
        self.costOfMean += costOfMean * costOfMean
    }

    mutating func add(_ other: Errors) {
        count += other.count
        logarithm += other.logarithm
        logarithmOfMean += other.logarithmOfMean
        cost += other.cost
        costOfMean += other.costOfMean
    }

    var root: Double? { count > 0 ? (logarithm / count).squareRoot() : nil }
    var explained: Double? { costOfMean > 0 ? 1 - cost / costOfMean : nil }
}
