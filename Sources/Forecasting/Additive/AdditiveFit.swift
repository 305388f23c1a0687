internal import Glibc
internal import LinearAlgebra

/// An ``AdditiveModel`` fitted to a history.
struct AdditiveFit {
    private let model: AdditiveModel
    private let design: AdditiveDesign
    private let historyCount: Int
    /// What values are divided by.
    private let scale: Double
    private var coefficients: [Double]
    /// The variance of what the model leaves over, in units of the scale.
    private var variance = 1.0

    /// The fit with the largest posterior; `nil` of less than two days.
    init?(_ model: AdditiveModel, to history: HourlySeries) {
        guard history.count >= 48 else { return nil }
        self.model = model
        historyCount = history.count
        design = AdditiveDesign(model, history: history)
        scale = max(history.values.reduce(0) { max($0, abs($1)) }, .leastNormalMagnitude)
        coefficients = Array(repeating: 0, count: design.count)
        let scaled = history.values.map { $0 / scale }
        var columns = Self.columns(design, history)
        if case .logistic = model.growth {
            fitCurve(&columns, scaled)
        } else {
            fitLine(Equations(columns, target: scaled))
        }
    }

    /// The design by columns, so that products are of runs in memory.
    private static func columns(_ design: AdditiveDesign, _ history: HourlySeries) -> [[Double]] {
        var columns = [[Double]](repeating: Array(repeating: 0, count: history.count), count: design.count)
        var row = [Double](repeating: 0, count: design.count)
        for (index, hour) in history.hours.enumerated() {
            design.write(hour, to: &row)
            for column in row.indices { columns[column][index] = row[column] }
        }
        return columns
    }

    /// Alternates between coefficients and the variance, and follows the Laplace prior by a normal one that is as steep
    /// where a bend was last.
    private mutating func fitLine(_ equations: Equations) {
        for _ in 0..<Self.rounds {
            guard let solution = equations.solve(penalties: penalties) else { return }
            coefficients = solution
            variance = max(equations.squaredError(of: solution) / Double(historyCount), 1e-12)
        }
    }

    private static let rounds = 12

    /// What a squared coefficient costs in terms of squared errors: the variance over that of its prior.
    private var penalties: [Double] {
        (0..<design.count).map { column in
            if column < min(2, design.trendCount) { return variance / (Self.trendScale * Self.trendScale) }
            if column < design.trendCount {
                return variance / (model.changepointScale * max(abs(coefficients[column]), 1e-4))
            }
            return variance / (model.seasonScale * model.seasonScale)
        }
    }

    /// The deviation of the normal prior on the trend's offset and slope.
    private static let trendScale = 5.0

    /// Gauss and Newton's steps for the logistic trend: each is the line's fit with the curve's slope in the trend's columns.
    private mutating func fitCurve(_ columns: inout [[Double]], _ scaled: [Double]) {
        let straight = Array(columns[..<design.trendCount])
        let mean = scaled.reduce(0, +) / Double(scaled.count)
        coefficients[0] = Self.logit(share(of: mean))
        var best = (error: Double.infinity, coefficients: coefficients)
        for _ in 0..<Self.rounds {
            var target = scaled
            for index in scaled.indices {
                let argument = (0..<design.trendCount).reduce(0) { $0 + coefficients[$1] * straight[$1][index] }
                let (level, slope) = curve(argument)
                for column in straight.indices { columns[column][index] = slope * straight[column][index] }
                target[index] += slope * argument - level
            }
            let equations = Equations(columns, target: target)
            // At the present coefficients the curve and its tangent agree, so this is the true error.
            let error = equations.squaredError(of: coefficients)
            if error < best.error { best = (error, coefficients) }
            variance = max(best.error / Double(historyCount), 1e-12)
            guard let solution = equations.solve(penalties: penalties) else { break }
            // A whole step once it improves; else half of the way from the best.
            coefficients = error > best.error ? zip(best.coefficients, solution).map { ($0 + $1) / 2 } : solution
        }
        coefficients = best.coefficients
    }

    /// The logistic trend's value and slope for the straight one's.
    private func curve(_ argument: Double) -> (level: Double, slope: Double) {
        guard case .logistic(let floor, let cap) = model.growth else { return (argument, 1) }
        let share = 1 / (1 + exp(-min(max(argument, -30), 30)))
        let height = (cap - floor) / scale
        return (floor / scale + height * share, height * share * (1 - share))
    }

    private func share(of value: Double) -> Double {
        guard case .logistic(let floor, let cap) = model.growth, cap > floor else { return 0.5 }
        return (value * scale - floor) / (cap - floor)
    }

    private static func logit(_ share: Double) -> Double {
        let held = min(max(share, 0.01), 0.99)
        return log(held / (1 - held))
    }

    /// The model's values for `count` hours from `start` on.
    func values(from start: Hour, count: Int) -> [Double] {
        var row = [Double](repeating: 0, count: design.count)
        return (0..<count).map { index in
            design.write(start.advanced(by: index), to: &row)
            let trend = (0..<design.trendCount).reduce(0) { $0 + coefficients[$1] * row[$1] }
            let rest = (design.trendCount..<design.count).reduce(0) { $0 + coefficients[$1] * row[$1] }
            return (curve(trend).level + rest) * scale
        }
    }

    /// For each hour after the history, what may be added to its value: sorted samples.
    func sampledErrors(count: Int, samples: Int, seed: UInt64) -> [[Double]] {
        var chance = NormalGenerator(seed: seed)
        let bends = coefficients[min(2, design.trendCount)..<design.trendCount]
        let size = bends.isEmpty ? 0 : bends.reduce(0) { $0 + abs($1) } / Double(bends.count)
        let step = 1 / Double(max(historyCount - 1, 1))
        let rate = Double(bends.count) * step
        let deviation = variance.squareRoot()
        // A logistic trend is steepest in its middle.
        let steepness = curve(0).slope
        var errors = [[Double]](repeating: [], count: count)
        for _ in 0..<samples {
            var (trend, slope) = (0.0, 0.0)
            for hour in 0..<count {
                if chance.uniform() < rate { slope += size * chance.laplace() }
                trend += slope * step
                errors[hour].append((steepness * trend + deviation * chance.next()) * scale)
            }
        }
        for hour in errors.indices { errors[hour].sort() }
        return errors
    }
}
