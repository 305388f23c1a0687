import Domain
import Foundation
import Testing

@testable import Forecasting

@Suite struct LagRidgeTests {
    /// Tomorrow is what today was not: no naive method sees it, a model of lags does.
    @Test func learnsWhatEachHourTakesFromTheLast() throws {
        var chance = NormalGenerator(seed: 3)
        var values = [100.0]
        for _ in 1..<3300 { values.append(100 + 0.9 * (values[values.count - 1] - 100) + chance.next()) }
        let series = HourlySeries(start: Hour(number: 0), values: values)
        let test = Backtest(of: series, horizon: 24, from: 3000, every: 24)
        let ridge = test.run(LagRidge()).errors[0]
        let naive = test.run(SeasonalNaive(period: 24)).errors[0]
        // The best that can be: an AR(1)'s error h hours ahead has the variance (1 − 0.81^h)/(1 − 0.81).
        let best = (1...24).reduce(0) { $0 + ((1 - pow(0.81, Double($1))) / 0.19 * 2 / .pi).squareRoot() } / 24
        #expect(try #require(ridge.mean) < 1.25 * best)
        #expect(try #require(naive.mean) > 1.3 * best)
    }

    /// Noon may hang on the evening before, midnight on midnight: hours of the day have weights of their own.
    @Test func givesEachHourOfTheDayItsOwnWeights() throws {
        var generator = SeededGenerator(seed: 5)
        let levels = (0..<200).map { _ in Double.random(in: 0...100, using: &generator) }
        // At noon comes what was at six in the evening of the day before; else nothing does.
        let values = (0..<4800).map { hour in
            switch hour % 24 {
            case 18: levels[hour / 24]
            case 12: hour < 24 ? 0 : levels[hour / 24 - 1]
            default: 1.0
            }
        }
        let history = HourlySeries(start: Hour(number: 0), values: Array(values[..<4776]))
        let forecast = try #require(LagRidge().forecast(history, horizon: 24))
        #expect(abs(forecast[12] - values[4776 + 12]) < 6)
        #expect(abs(forecast[3] - 1) < 3)
    }

    /// The shared products give what each hour's own regression gives, done the long way.
    @Test(arguments: [0, 5, 23, 24, 100, 167, 168, 190])
    func agreesWithAPlainRegression(lead: Int) throws {
        var chance = NormalGenerator(seed: 11)
        let series = HourlySeries(
            start: Hour(number: 96),
            values: (0..<1400).map { 50 + 20 * sin(Double($0) / 24 * 2 * .pi) + 4 * chance.next() }
        )
        var ridge = LagRidge()
        ridge.narrowDays = 0
        let forecast = try #require(ridge.forecast(series, horizon: 200))
        let slow = PlainRidge.forecast(series, lead: lead, penalty: ridge.penalty)
        #expect(abs(forecast[lead] - slow) < 1e-6)
    }

    @Test func staysWithinWhatHasBeen() throws {
        // Values that double each day would go on for ever.
        let values = (0..<1000).map { pow(2, Double($0) / 24) }
        let forecast = try #require(
            LagRidge().forecast(HourlySeries(start: Hour(number: 0), values: values), horizon: 500)
        )
        #expect(try #require(forecast.max()) <= 1.25 * values[999])
        #expect(try #require(forecast.min()) >= 0)
    }

    @Test func wantsFourWeeks() {
        let values = (0..<672).map { Double($0 % 24) }
        let short = HourlySeries(start: Hour(number: 0), values: values)
        #expect(LagRidge().forecast(short, horizon: 24) == nil)
        #expect(LagRidge().forecast(HourlySeries(start: Hour(number: 0), values: values + [0]), horizon: 24) != nil)
    }
}

/// The same model written down as in its description, solved by elimination.
private enum PlainRidge {
    static func forecast(_ series: HourlySeries, lead: Int, penalty: Double) -> Double {
        let origin = series.count
        let recent = series.values.suffix(24 * 56)
        let mean = recent.reduce(0, +) / Double(recent.count)
        let deviation = (recent.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(recent.count)).squareRoot()
        let values = series.values.map { ($0 - mean) / deviation }
        func row(_ origin: Int) -> [Double] {
            var cells = (1...24).map { values[origin - $0] }
            for day in 1..<7 { cells.append(values[origin - 24 * day - 24..<origin - 24 * day].reduce(0, +) / 24) }
            for week in 0..<2 {
                cells.append(values[origin - 168 * week - 168..<origin - 168 * week].reduce(0, +) / 168)
            }
            let weekday = series.start.advanced(by: origin).hourOfWeek / 24
            cells += (0..<7).map { $0 == weekday ? 1 : 0 }
            cells.append(1)
            let week = 168 * (lead / 168 + 1)
            let fortnight = week + 168 - lead <= 336 ? week + 168 : week
            return cells + [week, fortnight].map { values[origin + lead - $0] }
        }
        let known = lead / 24 * 24 + 24
        let origins = (1...(origin - 337) / 24).map { origin - 24 * $0 }.filter { $0 + known <= origin }
        let rows = origins.map(row)
        let width = rows[0].count
        var matrix = (0..<width).map { left in
            (0..<width).map { right in rows.reduce(0) { $0 + $1[left] * $1[right] } }
        }
        for index in 0..<width { matrix[index][index] += index == 39 ? 1e-9 : penalty }
        var right = (0..<width).map { column in
            zip(rows, origins).reduce(0) { $0 + $1.0[column] * values[$1.1 + lead] }
        }
        for pivot in 0..<width {
            for below in pivot + 1..<width {
                let factor = matrix[below][pivot] / matrix[pivot][pivot]
                for column in pivot..<width { matrix[below][column] -= factor * matrix[pivot][column] }
                right[below] -= factor * right[pivot]
            }
        }
        for pivot in (0..<width).reversed() {
            right[pivot] = (pivot + 1..<width).reduce(right[pivot]) { $0 - matrix[pivot][$1] * right[$1] }
            right[pivot] /= matrix[pivot][pivot]
        }
        return mean + deviation * zip(row(origin), right).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
