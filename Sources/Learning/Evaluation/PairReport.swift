public import Neural
internal import Routing

/// How well a router chooses between a weak and a strong model.
public struct PairReport: Sendable {
    /// The weak model's name.
    public let weak: String
    /// The strong model's name.
    public let strong: String
    /// Prompts that both were asked.
    public let count: Int
    /// The weak model's mean score, and the strong one's.
    public let means: (weak: Double, strong: Double)
    /// The area under the gap recovered; 0.5 by chance.
    public let area: Interval
    /// The share of strong calls that recovers half of the gap.
    public let callsForHalf: Interval
    /// The share of strong calls that recovers four fifths of the gap.
    public let callsForMost: Interval
    /// The curve of a router that knows every outcome.
    public let oracle: PairCurve
    /// The gap recovered by share of calls.
    public let curve: PairCurve

    /// The report of `expected` scores; `nil` if the models were asked nothing in common, or are equally good.
    ///
    /// - Parameters:
    ///   - set: The outcomes.
    ///   - expected: A row for each, a column for each model of `set`.
    ///   - weak: The weak model.
    ///   - strong: The strong model.
    ///   - samples: Of the bootstrap.
    ///   - seed: Of the bootstrap.
    /// - Throws: ``DataError/unknownModel(name:)``.
    public init?(
        _ set: OutcomeSet,
        expected: Matrix,
        weak: String,
        strong: String,
        samples: Int = 500,
        seed: UInt64 = 1
    ) throws(DataError) {
        let (left, right) = (try set.column(of: weak), try set.column(of: strong))
        let rows = set.outcomes.indices.filter { !set.scores[$0, left].isNaN && !set.scores[$0, right].isNaN }
        let weakScores = rows.map { Double(set.scores[$0, left]) }
        let strongScores = rows.map { Double(set.scores[$0, right]) }
        let gains = rows.map { Double(expected[$0, right] - expected[$0, left]) }
        func curve(_ places: [Int], _ order: [Double]) -> PairCurve? {
            PairCurve(
                weak: places.map { weakScores[$0] },
                strong: places.map { strongScores[$0] },
                order: places.map { order[$0] }
            )
        }
        func interval(_ figure: (PairCurve) -> Double) -> Interval? {
            Interval.bootstrap(count: rows.count, samples: samples, seed: seed) { curve($0, gains).map(figure) }
        }
        let truth = zip(strongScores, weakScores).map { $0 - $1 }
        guard let whole = curve(Array(rows.indices), gains), let oracle = curve(Array(rows.indices), truth),
            let area = interval(\.area), let half = interval({ $0.callShare(recovering: 0.5) }),
            let most = interval({ $0.callShare(recovering: 0.8) })
        else { return nil }
        self.weak = weak
        self.strong = strong
        count = rows.count
        let total = Double(rows.count)
        means = (weakScores.reduce(0, +) / total, strongScores.reduce(0, +) / total)
        self.area = area
        callsForHalf = half
        callsForMost = most
        self.oracle = oracle
        self.curve = whole
    }
}

extension OutcomeSet {
    /// The column of the model called `name`, however it is spelled.
    ///
    /// - Throws: ``DataError/unknownModel(name:)``.
    func column(of name: String) throws(DataError) -> Int {
        guard
            let column = models.firstIndex(of: name)
                ?? models.firstIndex(where: { ModelName($0) == ModelName(name) })
        else { throw .unknownModel(name: name) }
        return column
    }
}
