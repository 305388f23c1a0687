import Domain
import Foundation
import Testing

@testable import Forecasting

@Suite struct AdditiveModelTests {
    private let start = Hour(year: 2022)

    private func series(_ count: Int, _ value: (Int) -> Double) -> HourlySeries {
        HourlySeries(start: start, values: (0..<count).map(value))
    }

    /// The largest distance between what is forecast and what would come, in shares of the series' mean.
    private func error(
        _ model: AdditiveModel,
        history: Int,
        horizon: Int,
        _ value: (Int) -> Double
    ) throws -> Double {
        let series = series(history, value)
        let forecast = try #require(model.forecast(series, horizon: horizon))
        return (0..<horizon).map { abs(forecast[$0] - value(history + $0)) }.reduce(0, max) / series.mean
    }

    @Test func goesOnWithATrendAndItsSeasons() throws {
        let value = { (index: Int) in
            let hour = Double(index)
            return 100 + hour / 50 + 20 * sin(2 * .pi * hour / 24) + 9 * cos(2 * .pi * hour / 168)
        }
        #expect(try error(AdditiveModel(), history: 1400, horizon: 168, value) < 0.01)
    }

    @Test func followsATrendThatBent() throws {
        let value = { (index: Int) in 100 + Double(max(0, index - 600)) / 10 }
        #expect(try error(AdditiveModel(), history: 1400, horizon: 100, value) < 0.03)
        var flat = AdditiveModel()
        flat.growth = .flat
        #expect(try error(flat, history: 1400, horizon: 100, value) > 0.2)
    }

    @Test func seesTheYearOnlyWhereThereAreTwo() throws {
        let value = { (index: Int) in 100 + 30 * sin(2 * .pi * Double(index) / 8766) }
        var model = AdditiveModel()
        model.growth = .flat
        #expect(try error(model, history: 17_600, horizon: 2000, value) < 0.02)
        #expect(try error(model, history: 12_000, horizon: 2000, value) > 0.1)
    }

    @Test func knowsHolidays() throws {
        let first = start.day.number
        let days = Set([10, 24, 38, 52].map { Day(number: first + $0) })
        let value = { (index: Int) in days.contains(Day(number: first + index / 24)) ? 40.0 : 100.0 }
        var model = AdditiveModel()
        model.holidays = ["closed": days]
        #expect(try error(model, history: 50 * 24, horizon: 96, value) < 0.03)
        model.holidays = [:]
        #expect(try error(model, history: 50 * 24, horizon: 96, value) > 0.3)
    }

    /// A logistic trend finds its way towards its cap, and what is forecast stays between both.
    @Test func neverGoesBeyondItsCap() throws {
        let value = { (index: Int) in 10 + 90 / (1 + exp(-(Double(index) - 700) / 150)) }
        var model = AdditiveModel()
        model.growth = .logistic(floor: 10, cap: 100)
        model.dailyHarmonics = 0
        model.weeklyHarmonics = 0
        #expect(try error(model, history: 900, horizon: 600, value) < 0.15)
        let far = try #require(model.forecast(series(900, value), horizon: 5000))
        #expect(far.allSatisfy { (10...100).contains($0) })
        let straight = try #require(AdditiveModel().forecast(series(900, value), horizon: 5000))
        #expect(try #require(straight.max()) > 150)
    }

    /// Of white noise, four fifths lie between the levels of 0.1 and 0.9.
    @Test func intervalsHoldAsOftenAsTheySay() throws {
        var chance = NormalGenerator(seed: 7)
        let noisy = series(2400) { _ in 100 + 10 * chance.next() }
        let history = noisy[noisy.start..<noisy.start.advanced(by: 1900)]
        let forecast = try #require(AdditiveModel().forecast(history, horizon: 500, levels: [0.9, 0.1]))
        #expect(forecast.quantiles.map(\.level) == [0.1, 0.9])
        let inside = (0..<500).count { hour in
            (forecast.quantiles[0].values[hour]...forecast.quantiles[1].values[hour]).contains(
                noisy.values[1900 + hour]
            )
        }
        #expect((370...440).contains(inside))
        #expect(AdditiveModel().forecast(history, horizon: 500, levels: [0.1, 0.9]) == forecast)
    }

    @Test func takesWhateverItIsGiven() {
        #expect(AdditiveModel().forecast(series(47) { _ in 1 }, horizon: 5) == nil)
        let nothing = AdditiveModel().forecast(series(100) { _ in 0 }, horizon: 5)
        #expect(nothing?.allSatisfy { abs($0) < 1e-6 } == true)
        var model = AdditiveModel()
        model.growth = .logistic(floor: 5, cap: 5)
        #expect(model.forecast(series(100) { Double($0) }, horizon: 5)?.allSatisfy(\.isFinite) == true)
    }
}
