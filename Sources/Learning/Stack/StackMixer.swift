internal import Neural
internal import Routing

/// Finds each learner's share in one tier, and adds linear learners up to one.
struct StackMixer {
    /// The linear learners, weighed and added up.
    private(set) var heads: StackWeights.Heads
    /// The shares of the others.
    private(set) var mixture: StackWeights.Mixture
    /// What the tier makes of each row without having seen it: the common part, then deviations.
    let estimates: Matrix

    init(
        linear: [Ridge.Fit],
        neighbours: [Matrix],
        table: Matrix?,
        decomposition: Decomposition,
        ridge: Double
    ) {
        let targets = decomposition.targets
        let learners = linear.map(\.crossFitted) + neighbours + (table.map { [$0] } ?? [])
        let common = Self.commonShares(learners, targets, ridge: ridge)
        var estimates = Matrix(rows: targets.rows, columns: targets.columns)
        for row in 0..<targets.rows {
            estimates[row, 0] = zip(common, learners).reduce(0) { $0 + $1.0 * $1.1[row, 0] }
        }
        let slopes = Self.centred(decomposition.slopes)
        let deviation = Self.deviationShares(learners, estimates, slopes, targets, ridge: ridge)
        for row in 0..<targets.rows {
            for column in 1..<targets.columns {
                var sum = (deviation.last ?? 0) * slopes[column - 1] * estimates[row, 0]
                for (share, learner) in zip(deviation, learners) where share > 0 { sum += share * learner[row, column] }
                estimates[row, column] = sum
            }
        }
        self.estimates = estimates
        heads = Self.sum(linear.map(\.heads), common: common, deviation: deviation)
        let none = [Float](repeating: 0, count: StackWeights.neighbourCounts.count)
        let places = linear.count..<linear.count + neighbours.count
        mixture = .init(
            neighboursCommon: neighbours.isEmpty ? none : Array(common[places]),
            neighboursDeviation: neighbours.isEmpty ? none : Array(deviation[places]),
            tableCommon: table == nil ? 0 : common[places.upperBound],
            tableDeviation: table == nil ? 0 : deviation[places.upperBound],
            slope: deviation.last ?? 0
        )
    }

    private static func centred(_ slopes: [Float]) -> [Float] {
        let mean = slopes.reduce(0, +) / Float(max(slopes.count, 1))
        return slopes.map { $0 - mean }
    }

    private static func commonShares(_ learners: [Matrix], _ targets: Matrix, ridge: Double) -> [Float] {
        var equations = NormalEquations(count: learners.count)
        for row in 0..<targets.rows { equations.add(learners.map { $0[row, 0] }, target: targets[row, 0]) }
        return equations.nonNegativeShares(ridge: ridge)
    }

    /// The learners' shares, and last that of the slopes.
    private static func deviationShares(
        _ learners: [Matrix],
        _ estimates: Matrix,
        _ slopes: [Float],
        _ targets: Matrix,
        ridge: Double
    ) -> [Float] {
        var equations = NormalEquations(count: learners.count + 1)
        var columns = [Float](repeating: 0, count: learners.count + 1)
        for row in 0..<targets.rows {
            for column in 1..<targets.columns {
                let target = targets[row, column]
                guard !target.isNaN else { continue }
                for (place, learner) in learners.enumerated() { columns[place] = learner[row, column] }
                columns[learners.count] = slopes[column - 1] * estimates[row, 0]
                equations.add(columns, target: target)
            }
        }
        return equations.nonNegativeShares(ridge: ridge)
    }

    private static func sum(
        _ heads: [StackWeights.Heads],
        common: [Float],
        deviation: [Float]
    ) -> StackWeights.Heads {
        let (rows, columns) = (heads[0].weights.rows, heads[0].weights.columns)
        var sum = StackWeights.Heads(
            weights: Matrix(rows: rows, columns: columns),
            biases: Array(repeating: 0, count: rows)
        )
        for (place, head) in heads.enumerated() where common[place] > 0 || deviation[place] > 0 {
            for row in 0..<rows {
                let share = row == 0 ? common[place] : deviation[place]
                sum.biases[row] += share * head.biases[row]
                for column in 0..<columns { sum.weights[row, column] += share * head.weights[row, column] }
            }
        }
        return sum
    }

    /// Adds the tier's calibration to each model, and returns the calibrated expectations.
    ///
    /// A line for each model, fitted to what was expected without having seen the row; many rows of the line y = x are added,
    /// so that few scores do not bend it.
    func calibrate(_ models: inout [StackWeights.Model], _ decomposition: Decomposition, _ scores: Matrix) -> Matrix {
        var expected = Matrix(rows: scores.rows, columns: scores.columns)
        for model in models.indices {
            let level = decomposition.levels[model]
            let raw = (0..<scores.rows).map { level + estimates[$0, 0] + estimates[$0, model + 1] }
            let rows = (0..<scores.rows).filter { !scores[$0, model].isNaN }
            let line = Self.line(rows.map { raw[$0] }, rows.map { scores[$0, model] })
            models[model].calibration.append(line)
            for row in 0..<scores.rows {
                expected[row, model] = min(max(raw[row] * line.x + line.y, 0.001), 0.999)
            }
        }
        return expected
    }

    private static let calibrationPrior: Float = 200

    /// The slope and offset of the line from `raw` to `scores`.
    private static func line(_ raw: [Float], _ scores: [Float]) -> SIMD2<Float> {
        let count = Float(max(raw.count, 1))
        let (rawMean, scoreMean) = (raw.reduce(0, +) / count, scores.reduce(0, +) / count)
        var products: Float = 0
        var squares: Float = 0
        for (value, score) in zip(raw, scores) {
            products += (value - rawMean) * (score - scoreMean)
            squares += (value - rawMean) * (value - rawMean)
        }
        let prior = calibrationPrior * squares / count
        guard squares > 0 else { return SIMD2(1, scoreMean - rawMean) }
        let slope = max((products + prior) / (squares + prior), 0.1)
        return SIMD2(slope, scoreMean - slope * rawMean)
    }
}
