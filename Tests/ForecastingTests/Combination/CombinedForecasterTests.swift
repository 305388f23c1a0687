import Domain
import Foundation
import Testing

@testable import Forecasting

@Suite struct CombinedForecasterTests {
    private let start = Hour(number: 96)

    /// Says the same whatever has been.
    private struct Fixed: Forecaster {
        let name: String
        let value: Double
        var hoursMin = 0

        func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]? {
            guard let first = origins.first, first >= hoursMin else { return nil }
            return origins.map { _ in Array(repeating: value, count: horizon) }
        }
    }

    private func constant(_ value: Double, count: Int) -> HourlySeries {
        HourlySeries(start: start, values: Array(repeating: value, count: count))
    }

    @Test func weighsByErrors() {
        // Off by 1 and by 2: with sharpness s after 14 trials the second has 2^(−s/2) of the first's weight.
        var combined = CombinedForecaster([Fixed(name: "near", value: 11), Fixed(name: "far", value: 12)])
        combined.sharpness = 4
        combined.trialDays = 14
        combined.outliers = nil
        let combination = combined.combination(of: constant(10, count: 24 * 70), horizon: 48)
        for weights in combination.weights {
            #expect(abs(weights[0] - 0.8) < 1e-9 && abs(weights[1] - 0.2) < 1e-9)
        }
        #expect(abs(combination.forecast.values[0] - 11.2) < 1e-9)
        combined.shareMin = 0.3
        #expect(combined.combination(of: constant(10, count: 24 * 70), horizon: 48).weights == [[1, 0], [1, 0]])
    }

    /// What the combination always missed by is in its levels.
    @Test func levelsTakeInWhatWasMissed() {
        var combined = CombinedForecaster([Fixed(name: "low", value: 7)])
        combined.levels = [0.9, 0.1]
        let forecast = combined.forecast(constant(10, count: 24 * 60), horizon: 30)
        #expect(forecast.quantiles.map(\.level) == [0.1, 0.9])
        #expect(forecast.quantiles.allSatisfy { $0.values == Array(repeating: 10, count: 30) })
        #expect(forecast.values == Array(repeating: 7, count: 30))
    }

    /// Demand is never negative, prices are: what has been decides.
    @Test func goesBelowZeroOnlyWhereTheHistoryDid() {
        let combined = CombinedForecaster([Fixed(name: "low", value: -5)])
        #expect(combined.forecast(constant(0, count: 100), horizon: 2).values == [0, 0])
        #expect(combined.forecast(constant(-1, count: 100), horizon: 2).values == [-5, -5])
    }

    /// Of two methods that were off alike, but in turn, the one that was right lately weighs more.
    @Test func recentErrorsCountForMore() {
        var values = [Double](repeating: 10, count: 24 * 100)
        for hour in 24 * 90..<24 * 100 { values[hour] = 20 }
        var combined = CombinedForecaster([Fixed(name: "early", value: 10), Fixed(name: "late", value: 20)])
        combined.trialDays = 20
        combined.shareMin = 0
        combined.halfLife = 1e9
        combined.outliers = nil
        let history = HourlySeries(start: start, values: values)
        // The last trial's own day is the last of all, so each was right on ten days.
        let even = combined.combination(of: history, horizon: 24).weights[0]
        #expect(abs(even[0] - even[1]) < 1e-6)
        combined.halfLife = 7
        let weights = combined.combination(of: history, horizon: 24).weights[0]
        #expect(weights[1] > 0.9)
    }

    /// A step four days ago: the method of eight good weeks is given up for the one that repeats the last day.
    @Test func fallsBackOnNaiveWhereItWasBetterLately() {
        let course = { @Sendable (hour: Int) in hour % 24 < 12 ? 10.0 : 30 }
        let values = (0..<24 * 300).map { course($0) + ($0 < 24 * 296 ? 0 : 6) + ($0 % 48 < 24 ? 1 : -1) }
        let combined = CombinedForecaster([SeasonalNaive(period: 24), DailyCourse(course: course)])
        let before = HourlySeries(start: start, values: Array(values[..<(24 * 296)]))
        #expect(combined.combination(of: before, horizon: 24).weights[0][1] > 0.9)
        let after = combined.combination(of: HourlySeries(start: start, values: values), horizon: 48)
        #expect(after.weights == [[1, 0], [1, 0]])
    }

    /// Knows the course of the day for ever.
    private struct DailyCourse: Forecaster {
        let name = "course"
        let course: @Sendable (Int) -> Double

        func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]? {
            origins.map { origin in (0..<horizon).map { course(origin + $0) } }
        }
    }

    @Test func leavesAMethodOutThatNeedsMore() {
        let combined = CombinedForecaster([
            Fixed(name: "a", value: 10), Fixed(name: "b", value: 99, hoursMin: 5000),
        ])
        let combination = combined.combination(of: constant(10, count: 1000), horizon: 24)
        #expect(combination.members.map(\.name) == ["a"])
        #expect(combination.forecast.values == Array(repeating: 10, count: 24))
    }

    /// A method that has become possible only now was not tried: it is taken for a middling one, not for a perfect one.
    @Test func doesNotTrustWhatWasNeverTried() {
        let combined = CombinedForecaster([
            Fixed(name: "a", value: 10.5), Fixed(name: "new", value: 99, hoursMin: 1000),
        ])
        let weights = combined.combination(of: constant(10, count: 1000), horizon: 24).weights
        #expect(abs(weights[0][0] - 0.5) < 1e-9)
    }

    @Test func beginsWithThePrior() {
        var combined = CombinedForecaster()
        combined.prior = 60
        let nothing = combined.forecast(constant(0, count: 0), horizon: 48)
        #expect(nothing.values == Array(repeating: 60, count: 48))
        #expect(nothing.start == start)
        // Six hours of 120 are worth as much as the prior.
        #expect(combined.forecast(constant(120, count: 6), horizon: 3).values == [90, 90, 90])
        #expect(combined.forecast(constant(120, count: 24), horizon: 3).values == [120, 120, 120])
        #expect(CombinedForecaster().forecast(constant(0, count: 0), horizon: 2).values == [0, 0])
    }

    /// From no hours to many, of anything: finite, weights that add up, levels in order.
    @Test(arguments: [0, 1, 23, 24, 47, 48, 71, 168, 336, 504, 673, 1000])
    func takesAnyLength(count: Int) {
        let noisy = SyntheticDemand.daily(start..<start.advanced(by: count), seed: 5)
        for history in [noisy, constant(0, count: count), constant(3, count: count)] {
            for horizon in [1, 30] {
                let combination = CombinedForecaster().combination(of: history, horizon: horizon)
                let forecast = combination.forecast
                #expect(forecast.values.count == horizon)
                #expect(!forecast.values.contains { !$0.isFinite })
                for weights in combination.weights { #expect(abs(weights.reduce(0, +) - 1) < 1e-9) }
                for (low, high) in zip(forecast.quantiles, forecast.quantiles.dropFirst()) {
                    #expect(zip(low.values, high.values).allSatisfy { $0 <= $1 })
                }
            }
        }
    }

    /// On series of many kinds, the combination is at most 5 % worse than the better seasonal naive method.
    ///
    /// Steps from one level to another at no time of the week are the worst case.
    @Test(arguments: Array(0..<12) + [16, 22])
    func isNeverMuchWorseThanNaive(seed: Int) throws {
        let series = Self.series(kind: seed % 6, seed: UInt64(seed), count: 24 * 64)
        let test = Backtest(of: series, horizon: 36, from: 24 * 42, every: 24 * 3)
        let combined = test.run("combined") { CombinedForecaster().forecast($0, horizon: $1) }
        let naive = [24, 168].map { test.run(SeasonalNaive(period: $0)) }
        for lead in test.leads.indices {
            let best = try #require(naive.compactMap { $0.errors[lead].mean }.min())
            #expect(
                try #require(combined.errors[lead].mean) <= 1.05 * best + 1e-9,
                "kind \(seed % 6): \(combined.errors[lead].mean ?? 0) beside \(best)"
            )
        }
    }

    /// A day's course, a week's, a random walk, noise alone, steps, and bursts.
    private static func series(kind: Int, seed: UInt64, count: Int) -> HourlySeries {
        var chance = NormalGenerator(seed: seed)
        var level = 100.0
        let values = (0..<count).map { hour -> Double in
            let day = 30 * sin(Double(hour % 24) / 24 * 2 * .pi)
            switch kind {
            case 0: return 100 + day + 3 * chance.next()
            case 1: return 100 + day + (hour % 168 < 120 ? 40 : 0) + 5 * chance.next()
            case 2:
                level += chance.next()
                return max(0, level + day)
            case 3: return max(0, 50 + 20 * chance.next())
            case 4: return (hour / 500 % 2 == 0 ? 60 : 140) + day + 2 * chance.next()
            default: return 20 + (chance.uniform() < 0.02 ? 300 : 0) + chance.uniform()
            }
        }
        return HourlySeries(start: Hour(number: 96), values: values)
    }

    /// Of a series with noise, levels hold about as often as they say.
    @Test func levelsHoldAsOftenAsTheySay() {
        let series = SyntheticDemand.daily(start..<start.advanced(by: 24 * 150), seed: 8)
        let test = Backtest(of: series, horizon: 24, from: 24 * 100, every: 24)
        let combined = CombinedForecaster([SeasonalNaive(period: 168), HourOfWeekProfile()])
        let result = test.run("combined") { combined.forecast($0, horizon: $1) }
        for (level, share) in result.coverage[0].shares { #expect(abs(share - level) < 0.07, "\(level): \(share)") }
    }

    @Test func isTheSameEachTime() {
        let history = SyntheticDemand.daily(start..<start.advanced(by: 800), seed: 2)
        let first = CombinedForecaster().forecast(history, horizon: 24)
        #expect(CombinedForecaster().forecast(history, horizon: 24) == first)
    }
}
