internal import Glibc

/// Forecasts of a history's last days by several methods, each from what lay before, held against what came.
struct Trials {
    /// What came.
    private let history: HourlySeries
    /// What methods see of it.
    private let clean: HourlySeries
    private let horizon: Int
    /// Origins a day apart, the last one a day before the end.
    private let origins: [Int]
    /// What each origin's errors count for.
    private let recency: [Double]
    /// By method, origin and hour; no values of a method for which what lay before was too short.
    private var forecasts: [[[Double]]] = []
    /// The methods that the others have to beat: those that repeat what was.
    private var naive: [Int] = []

    /// No trial yet; of a short history the last fifth is tried.
    ///
    /// More would judge methods by what they made of histories much shorter than this one.
    /// Errors count for half as much after each `halfLife` days.
    init(_ history: HourlySeries, cleaned clean: HourlySeries, days: Int, halfLife: Double, horizon: Int) {
        self.history = history
        self.clean = clean
        self.horizon = horizon
        let count = max(0, min(days, history.count / 24 / 5))
        origins = (0..<count).map { history.count - 24 * (count - $0) }
        recency = (0..<count).map { pow(0.5, Double(count - 1 - $0) / halfLife) }
    }

    /// Lets a method forecast all origins.
    mutating func add(_ method: any Forecaster) {
        // The error of hours that have not come yet can't be known, so that no more of a horizon is needed than that.
        let known = min(horizon, 24 * origins.count)
        if method is SeasonalNaive { naive.append(forecasts.count) }
        forecasts.append(origins.isEmpty ? [] : method.forecasts(of: clean, from: origins, horizon: known) ?? [])
    }

    private var dayCount: Int { max((horizon + 23) / 24, 1) }

    /// For each day ahead a weight for each method, in the order in which they came; their sum is 1.
    ///
    /// Days that lie further ahead than the trials reach take the last weights that there are.
    func weights(sharpness: Double, shareMin: Double) -> [[Double]] {
        // Few trials tell methods apart badly: errors then count for less.
        let sharpness = sharpness * Double(origins.count) / Double(origins.count + Self.hesitation)
        var weights: [[Double]] = []
        for day in 0..<dayCount {
            let errors = errors(day: day)
            let tried = errors.compactMap { $0 }
            guard !tried.isEmpty else {
                weights.append(weights.last ?? Self.equal(forecasts.count))
                continue
            }
            // A method that was not tried yet is taken for a middling one.
            let middling = tried.reduce(0, +) / Double(tried.count)
            weights.append(Self.weights(errors.map { $0 ?? middling }, sharpness: sharpness, shareMin: shareMin))
        }
        if let method = refuge(from: weights[0]) {
            return weights.map { day in day.indices.map { $0 == method ? 1 : 0 } }
        }
        return weights
    }

    /// The naive method to go back to; `nil` unless one would have been better in the last days than the combination.
    ///
    /// What the weights are made of is weeks old in part. Where a series has just stepped to another level only methods
    /// that repeat the last day know of it.
    private func refuge(from weights: [Double]) -> Int? {
        guard origins.count >= Self.refugeDays else { return nil }
        let last = origins.indices.suffix(Self.refugeDays)
        let error = { (share: (Int) -> Double) in
            last.reduce(0) { sum, index in
                hours(of: 0, from: origins[index]).reduce(sum) { sum, hour in
                    let (value, weight) = value(hour, of: index, share: share)
                    return sum + (weight > 0 ? abs(value / weight - history.values[origins[index] + hour]) : .infinity)
                }
            }
        }
        let errors = naive.map { method in (method: method, error: error { $0 == method ? 1 : 0 }) }
        guard let best = errors.min(by: { $0.error < $1.error }), best.error.isFinite else { return nil }
        return error { weights[$0] } > Self.refugeRatio * best.error ? best.method : nil
    }

    /// The weighted sum of what methods said of an hour, and the sum of the weights of those that said anything.
    private func value(_ hour: Int, of index: Int, share: (Int) -> Double) -> (value: Double, weight: Double) {
        var (value, sum) = (0.0, 0.0)
        for method in forecasts.indices where !forecasts[method].isEmpty {
            value += share(method) * forecasts[method][index][hour]
            sum += share(method)
        }
        return (value, sum)
    }

    /// For each method its mean error on a day ahead; `nil` of one that was not tried there.
    func errors(day: Int) -> [Double?] { forecasts.map { error(of: $0, day: day) } }

    /// After so many trials weights are half as sharp as they will get.
    private static let hesitation = 14
    /// The last days in which a naive method may win against all weights, and by how much it has to.
    private static let refugeDays = 3
    private static let refugeRatio = 2.0

    private static func equal(_ count: Int) -> [Double] { Array(repeating: 1 / Double(max(count, 1)), count: count) }

    private static func weights(_ errors: [Double], sharpness: Double, shareMin: Double) -> [Double] {
        guard let least = errors.min(), let most = errors.max(), most > 0 else { return equal(errors.count) }
        // Of methods without an error each is as good.
        let floor = max(least, most * 1e-6)
        let raw = errors.map { pow(floor / max($0, floor), sharpness) }
        let kept = raw.map { $0 >= shareMin ? $0 : 0 }
        let sum = kept.reduce(0, +)
        return kept.map { $0 / sum }
    }

    /// The mean error on a day ahead; `nil` if the method was not tried there.
    private func error(of forecasts: [[Double]], day: Int) -> Double? {
        var (sum, count) = (0.0, 0.0)
        for (index, (origin, forecast)) in zip(origins, forecasts).enumerated() {
            let weight = recency[index]
            for hour in hours(of: day, from: origin) {
                sum += weight * abs(forecast[hour] - history.values[origin + hour])
                count += weight
            }
        }
        return count > 0 ? sum / count : nil
    }

    /// The hours of a day ahead of which it is known what came.
    private func hours(of day: Int, from origin: Int) -> Range<Int> {
        let end = min(24 * (day + 1), horizon, history.count - origin)
        return min(24 * day, end)..<end
    }

    /// For each day ahead, what the combination missed by: sorted, and that of the day before where nothing is known.
    func sortedErrors(weights: [[Double]]) -> [[Double]] {
        var sorted: [[Double]] = []
        for day in 0..<dayCount {
            var errors: [Double] = []
            for (index, origin) in origins.enumerated() {
                for hour in hours(of: day, from: origin) {
                    let (value, sum) = value(hour, of: index) { weights[day][$0] }
                    if sum > 0 { errors.append(history.values[origin + hour] - value / sum) }
                }
            }
            sorted.append(errors.isEmpty ? sorted.last ?? [] : errors.sorted())
        }
        return sorted
    }
}
