import Domain
import Testing

@testable import Forecasting

@Suite struct BacktestTests {
    private let start = Hour(number: 96)

    private func series(_ count: Int) -> HourlySeries {
        HourlySeries(start: start, values: (0..<count).map { Double($0 % 168) + 1 })
    }

    @Test func originsHaveAWholeHorizonBehindThem() {
        let test = Backtest(of: series(500), horizon: 48, from: 336, every: 24)
        #expect(test.origins == [336, 360, 384, 408, 432])
        #expect(test.leads == [24, 48])
        #expect(Backtest(of: series(500), horizon: 48, from: 336, every: 24, originsMax: 3).origins == [336, 384, 432])
        #expect(Backtest(of: series(500), horizon: 48, from: 336, every: 24, originsMax: 1).origins == [432])
        #expect(Backtest(of: series(300), horizon: 168, from: 168, every: 24).origins.isEmpty)
        #expect(Backtest(of: series(900), horizon: 200, from: 336, every: 24).leads == [24, 168, 200])
    }

    /// A method sees what lies before the origin, and nothing behind it.
    @Test func showsNothingOfWhatComes() {
        let test = Backtest(of: series(500), horizon: 24, from: 336, every: 24)
        var seen: [Int] = []
        let result = test.run("spy") { history, horizon in
            seen.append(history.count)
            return Forecast(start: history.end, values: Array(repeating: 0, count: horizon))
        }
        #expect(seen == test.origins)
        #expect(result.errors[0].smape == 200)
    }

    @Test func aWeekComesAgain() throws {
        let test = Backtest(of: series(800), horizon: 168, from: 336, every: 24)
        let weekly = test.run(SeasonalNaive(period: 168))
        #expect(weekly.errors.map(\.wape) == [0, 0])
        #expect(weekly.skipped == 0)
        let daily = test.run(SeasonalNaive(period: 24))
        #expect(try #require(daily.errors[0].wape) > 5)
        #expect(test.run(SeasonalNaive(period: 400)).skipped == 3)
    }

    @Test func countsWhatLiesBelowALevel() throws {
        let test = Backtest(of: series(400), horizon: 24, from: 336, every: 24)
        let result = test.run("levels") { history, horizon in
            let values = [Double](repeating: 0, count: horizon)
            let levels = [(0.1, 0.5), (0.5, 12.0), (0.9, 1000.0)].map { level, value in
                Forecast.Quantile(level: level, values: Array(repeating: value, count: horizon))
            }
            return Forecast(start: history.end, values: values, quantiles: levels)
        }
        // Of the first Monday's 1 to 24, twelve are at 12 or below; of the second day's 25 to 48 none.
        #expect(result.coverage[0].shares.map(\.share) == [0, 0.25, 1])
        var loss = 0.0
        for value in 1...48 {
            let value = Double(value)
            loss += 0.1 * (value - 0.5) + 0.1 * (1000 - value) + 0.5 * abs(value - 12)
        }
        #expect(abs(try #require(result.coverage[0].pinball) - loss / 144) < 1e-9)
    }
}
