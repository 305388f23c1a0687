internal import Domain
internal import Neural
public import Routing

/// Trains the stack: learners by cross-validation, their shares on what they said of rows that they had not seen.
///
/// Wolpert, "Stacked Generalization", 1992. The same rows, settings and seed give the same weights.
public struct StackTrainer: Sendable {
    /// Ridge penalties; the stack blends them, more shrunk ones for gains than for difficulty.
    public var penalties: [Double] = [300, 3000, 30_000]
    /// At most so many prompts are remembered; a larger set is drawn from.
    public var memoryRowsMax = Self.memoryRowsUsual
    /// Decides which prompts are remembered.
    public var seed: UInt64 = 1

    /// As many prompts as an estimate can look through in a fraction of a millisecond.
    public static let memoryRowsUsual = 2000

    private static let innerFolds = 5
    /// With a greater share of the rows in one part, most of them would be estimated by what few have taught.
    private static let partShareMax = 0.6
    private static let rowsMin = 20
    private static let stackRidge = 0.001
    private static let taskPenalty = 300.0

    /// A trainer with the usual settings.
    public init() {}

    /// What training came to.
    public struct Result: Sendable {
        /// The weights.
        public let weights: StackWeights
        /// For each tier, outcome and model what was expected of it by learners that had not seen the outcome.
        let crossFitted: [Matrix]

        /// How good each tier is on outcomes of `set` that its learners had not seen: ECE and Brier's score.
        public func metrics(of set: OutcomeSet) -> [String: Double] {
            var metrics: [String: Double] = [:]
            for tier in FeatureVector.Tier.allCases {
                let asked = set.scores.values.indices.filter { !set.scores.values[$0].isNaN }
                let calibration = Calibration(
                    expected: asked.map { Double(crossFitted[tier.rawValue].values[$0]) },
                    scores: asked.map { Double(set.scores.values[$0]) }
                )
                metrics[tier == .full ? "ece" : "ece_\(tier)"] = calibration.error
                metrics[tier == .full ? "brier" : "brier_\(tier)"] = calibration.brier
            }
            return metrics
        }
    }

    /// The weights that `rows` teach, and how good they should be.
    ///
    /// - Throws: ``DataError/tooFew(rows:needed:)`` below 20 rows.
    public func train(_ rows: TrainingRows) throws(DataError) -> Result {
        guard rows.set.outcomes.count >= Self.rowsMin, !rows.set.models.isEmpty else {
            throw .tooFew(rows: rows.set.models.isEmpty ? 0 : rows.set.outcomes.count, needed: Self.rowsMin)
        }
        return run(rows)
    }

    private func run(_ rows: TrainingRows) -> Result {
        let folds = rows.set.outcomes.parts(Self.innerFolds, shareMax: Self.partShareMax)
        let decomposition = Decomposition(rows.set.scores)
        let standardisation = Standardisation(of: rows.features)
        let features = standardisation.applied(to: rows.features)
        let remembered = remembered(of: rows)
        let neighbours = NeighbourLearner(
            keys: rows.keys,
            folds: folds,
            decomposition: decomposition,
            remembered: remembered
        )
        let tasks = TaskLearner(rows.set.outcomes)
        let kinds = tasks.isUseful ? fit(tasks, features, folds) : nil
        let table = kinds.map { tasks.crossFitted($0.crossFitted, decomposition, folds: folds) }

        var models = zip(rows.set.models, zip(decomposition.levels, decomposition.slopes)).map { name, figures in
            StackWeights.Model(name: name, level: figures.0, slope: figures.1, calibration: [])
        }
        var heads: [StackWeights.Heads] = []
        var mixtures: [StackWeights.Mixture] = []
        var crossFitted: [Matrix] = []
        let text = linear(.text, features, decomposition, folds)
        for tier in FeatureVector.Tier.allCases {
            let linear = tier == .text ? text : text + self.linear(tier, features, decomposition, folds)
            let isFull = tier == .full
            let mixer = StackMixer(
                linear: linear,
                neighbours: isFull ? neighbours.means : [],
                table: isFull ? table : nil,
                decomposition: decomposition,
                ridge: Self.stackRidge
            )
            heads.append(mixer.heads)
            mixtures.append(mixer.mixture)
            let expected = mixer.calibrate(&models, decomposition, rows.set.scores)
            crossFitted.append(expected)
        }
        let weights = StackWeights(
            models: models,
            tasks: tasks.isUseful ? tasks.tasks(decomposition, folds) : [],
            standardisation: standardisation,
            heads: heads,
            mixtures: mixtures,
            taskHeads: kinds?.heads ?? .init(weights: Matrix(rows: 0, columns: FeatureVector.count), biases: []),
            memory: NeighbourMemory(
                layers: FeatureVector.layers,
                keys: rows.keys.rows(remembered),
                scores: rows.set.scores.rows(remembered),
                rowsMax: max(memoryRowsMax, 1)
            ),
            domain: Self.domain(neighbours.similarities),
            text: TextDomainLearner(rows.evidence, folds: folds, seed: seed).domain,
            lengths: LengthLearner(rows, features: features, folds: folds, ridge: Self.stackRidge, linear: linear)
                .lengths
        )
        return Result(weights: weights, crossFitted: crossFitted)
    }

    /// Ridge regressions of the decomposition on the features of `tier`, spread out to all features.
    private func linear(
        _ tier: FeatureVector.Tier,
        _ features: Matrix,
        _ decomposition: Decomposition,
        _ folds: [Int]
    ) -> [Ridge.Fit] {
        let ranges = features.varying(in: FeatureVector.ranges(of: tier))
        return Ridge(features: features.columns(ranges), folds: folds)
            .fit(decomposition.targets, penalties: penalties)
            .map { Ridge.Fit(heads: $0.heads.spread(to: ranges, of: features.columns), crossFitted: $0.crossFitted) }
    }

    private func fit(_ tasks: TaskLearner, _ features: Matrix, _ folds: [Int]) -> Ridge.Fit? {
        let ranges = features.varying(in: FeatureVector.ranges(of: .full))
        return Ridge(features: features.columns(ranges), folds: folds)
            .fit(tasks.targets, penalties: [Self.taskPenalty])
            .map { Ridge.Fit(heads: $0.heads.spread(to: ranges, of: features.columns), crossFitted: $0.crossFitted) }
            .first
    }

    /// The prompts to remember: those with a key, or as many of them as there is room for, drawn by the seed.
    private func remembered(of rows: TrainingRows) -> [Int] {
        let known = (0..<rows.keys.rows).filter { row in rows.keys[row: row].contains { $0 != 0 } }
        guard known.count > memoryRowsMax else { return known }
        var generator = SeededGenerator(seed: seed)
        return known.shuffled(using: &generator).prefix(memoryRowsMax).sorted()
    }

    /// The similarities below which one prompt of 200 lies, and one of ten.
    private static func domain(_ similarities: [Float]) -> SIMD2<Float> {
        let sorted = similarities.sorted()
        guard !sorted.isEmpty else { return .zero }
        return SIMD2(sorted[sorted.count / 200], sorted[sorted.count / 10])
    }
}

extension TaskLearner {
    /// The table of all prompts.
    func tasks(_ decomposition: Decomposition, _ folds: [Int]) -> [StackWeights.Task] {
        let table = means(of: decomposition, folds: folds, without: nil)
        return names.enumerated().map { index, name in
            StackWeights.Task(name: name, common: table[index, 0], deviations: Array(table[row: index].dropFirst()))
        }
    }
}

extension StackWeights.Heads {
    /// The same heads over all features, with weights of 0 outside of `ranges`.
    func spread(to ranges: [Range<Int>], of columns: Int) -> StackWeights.Heads {
        var spread = Matrix(rows: weights.rows, columns: columns)
        for row in 0..<weights.rows {
            for (place, column) in ranges.joined().enumerated() { spread[row, column] = weights[row, place] }
        }
        return .init(weights: spread, biases: biases)
    }
}

extension Standardisation {
    /// Counts of a text weigh twice as much as an encoder's numbers, of which there are many more.
    private static let surfaceScale: Float = 2

    /// Means and scales of the features of these rows; words keep the sizes that they have to each other.
    init(of features: Matrix) {
        var counts = [Double](repeating: 0, count: features.columns)
        var means = counts
        var squares = counts
        for row in 0..<features.rows {
            for (column, value) in features[row: row].enumerated() where !value.isNaN {
                counts[column] += 1
                means[column] += Double(value)
                squares[column] += Double(value) * Double(value)
            }
        }
        for column in means.indices {
            means[column] /= max(counts[column], 1)
            squares[column] /= max(counts[column], 1)
        }
        let scales = means.indices.map { column -> Float in
            let deviation = Float(max(squares[column] - means[column] * means[column], 0).squareRoot())
            switch column {
            case ..<SurfaceFeatures.count: return Self.surfaceScale / (deviation + 1e-3)
            // One more of anything is not far, even where training saw hardly any code.
            case FeatureVector.code: return Self.surfaceScale / max(deviation, 0.5)
            case ..<(SurfaceFeatures.count + HashedWords.bucketCount):
                return Float(HashedWords.bucketCount).squareRoot()
            default: return deviation > 1e-6 ? 1 / deviation : 0
            }
        }
        self.init(means: means.map { Float($0) }, scales: scales)
    }

    /// `features` as learners see them.
    func applied(to features: Matrix) -> Matrix {
        var values: [Float] = []
        values.reserveCapacity(features.values.count)
        for index in 0..<features.rows {
            var row = Array(features[row: index])
            apply(to: &row)
            values += row
        }
        return Matrix(rows: features.rows, columns: features.columns, values: values)
    }
}
