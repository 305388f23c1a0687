public import Neural

/// How well a router chooses among several models of different prices.
public struct PoolReport: Sendable {
    /// The models' names, in the order of the prices.
    public let models: [String]
    /// Prompts that all were asked.
    public let count: Int
    /// Each model alone.
    public let singles: [Frontier.Point]
    /// The router over a sweep of what quality is worth, dearest first.
    public let sweep: [Frontier.Point]
    /// A router that knows every outcome, over the same sweep.
    public let oracleSweep: [Frontier.Point]
    /// Mean quality under the hull over the pool's range of costs.
    public let meanQuality: Interval
    /// The same of single models: the zero router.
    public let zeroMeanQuality: Double
    /// The same of a router that knows every outcome.
    public let oracleMeanQuality: Double
    /// The mean score when quality alone counts.
    public let accuracy: Interval
    /// The share of the best single model's cost that is saved at its quality; `nil` if that is never reached.
    public let saving: Interval?
    /// The best single model's mean score.
    public let bestSingle: Double

    private static let steps = 160

    /// The report of `expected` scores; `nil` if no prompt was put to all models.
    ///
    /// - Parameters:
    ///   - set: The outcomes.
    ///   - expected: A row for each, a column for each model of `set`.
    ///   - prices: What a prompt costs with each model of the pool, in any unit.
    ///   - samples: Of the bootstrap.
    ///   - seed: Of the bootstrap.
    /// - Throws: ``DataError/unknownModel(name:)``.
    public init?(
        _ set: OutcomeSet,
        expected: Matrix,
        prices: [(model: String, price: Double)],
        samples: Int = 200,
        seed: UInt64 = 1
    ) throws(DataError) {
        var columns: [Int] = []
        for (model, _) in prices { columns.append(try set.column(of: model)) }
        let rows = set.outcomes.indices.filter { row in columns.allSatisfy { !set.scores[row, $0].isNaN } }
        guard !rows.isEmpty, columns.count > 1 else { return nil }
        let pool = Pool(
            scores: rows.map { row in columns.map { Double(set.scores[row, $0]) } },
            prices: prices.map(\.price)
        )
        let choices = pool.choices(rows.map { row in columns.map { Double(expected[row, $0]) } }, steps: Self.steps)
        let best = pool.choices(pool.scores, steps: Self.steps)
        let all = Array(rows.indices)
        singles = pool.singles(all)
        let costs = (pool.prices.min() ?? 0)...(pool.prices.max() ?? 0)
        sweep = choices.map { pool.point($0, all) }
        oracleSweep = best.map { pool.point($0, all) }
        zeroMeanQuality = Frontier(singles).meanQuality(over: costs)
        oracleMeanQuality = Frontier(oracleSweep).meanQuality(over: costs)
        func interval(_ figure: ([Int]) -> Double?) -> Interval? {
            Interval.bootstrap(count: rows.count, samples: samples, seed: seed, figure)
        }
        func frontier(_ places: [Int]) -> Frontier { Frontier(choices.map { pool.point($0, places) }) }
        guard let quality = interval({ frontier($0).meanQuality(over: costs) }),
            let accuracy = interval({ pool.point(choices[0], $0).quality })
        else { return nil }
        meanQuality = quality
        self.accuracy = accuracy
        saving = interval { places in
            guard let single = pool.singles(places).max(by: { $0.quality < $1.quality }), single.cost > 0 else {
                return nil
            }
            return frontier(places).cost(reaching: single.quality).map { 1 - $0 / single.cost }
        }
        bestSingle = singles.map(\.quality).max() ?? 0
        models = prices.map(\.model)
        count = rows.count
    }
}

/// Scores of a pool's models, and what each costs.
private struct Pool {
    let scores: [[Double]]
    let prices: [Double]

    /// For each step from quality alone to cost alone, each prompt's model.
    func choices(_ expected: [[Double]], steps: Int) -> [[Int]] {
        let highest = prices.max() ?? 1
        return (0...steps).map { step in
            // From 1/10,000 of the scale of scores for the highest price to 100 times of it.
            let weight = step == 0 ? 0 : powerOfTen(-4 + 6 * Double(step) / Double(steps)) / max(highest, 1e-300)
            return expected.map { row in
                row.indices.max { (row[$0] - weight * prices[$0], $1) < (row[$1] - weight * prices[$1], $0) } ?? 0
            }
        }
    }

    func point(_ choice: [Int], _ places: [Int]) -> Frontier.Point {
        var (cost, quality) = (0.0, 0.0)
        for place in places {
            cost += prices[choice[place]]
            quality += scores[place][choice[place]]
        }
        let count = Double(max(places.count, 1))
        return .init(cost: cost / count, quality: quality / count)
    }

    func singles(_ places: [Int]) -> [Frontier.Point] {
        prices.indices.map { model in
            point(Array(repeating: model, count: scores.count), places)
        }
    }
}
