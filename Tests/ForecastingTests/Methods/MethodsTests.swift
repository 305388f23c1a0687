import Domain
import Foundation
import Testing

@testable import Forecasting

/// What holds for every method, whatever it does.
@Suite struct MethodsTests {
    private static let methods: [any Forecaster] = CombinedForecaster.usual + [AdditiveModel()]

    /// A day with its week, noise on it, and an outage here and there.
    private func series(_ count: Int, seed: UInt64) -> HourlySeries {
        let hours = Hour(number: 96)..<Hour(number: 96 + count)
        var values = SyntheticDemand.daily(hours, seed: seed).values
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<count / 300 { values[Int.random(in: 0..<count, using: &generator)] = 0 }
        return HourlySeries(start: hours.lowerBound, values: values)
    }

    /// Whatever is written behind an origin, the forecast from it stays the same.
    @Test(arguments: methods.indices)
    func seesNothingBehindItsOrigin(index: Int) throws {
        let method = Self.methods[index]
        let series = series(1000, seed: 1)
        let origins = [720, 744, 850, 900]
        let forecasts = try #require(method.forecasts(of: series, from: origins, horizon: 30))
        for (place, origin) in origins.enumerated() {
            let other = HourlySeries(
                start: series.start,
                values: Array(series.values[..<origin]) + (origin..<1000).map { Double($0 * 7 % 1000) * 1e5 }
            )
            let again = try #require(method.forecasts(of: other, from: Array(origins[...place]), horizon: 30))
            #expect(again[place] == forecasts[place], "\(method.name) from \(origin)")
        }
    }

    /// The first origin's forecast is that of a history that ends there.
    @Test(arguments: methods.indices)
    func firstOriginIsAHistory(index: Int) throws {
        let method = Self.methods[index]
        let series = series(1500, seed: 3)
        let history = series[series.start..<series.start.advanced(by: 1300)]
        #expect(
            try #require(method.forecasts(of: series, from: [1300, 1324], horizon: 100)).first
                == method.forecast(history, horizon: 100)
        )
    }

    /// Any length and any values give finite forecasts of the length that was asked for, or none.
    @Test(arguments: methods.indices)
    func takesWhateverItIsGiven(index: Int) {
        let method = Self.methods[index]
        for count in [0, 1, 24, 48, 168, 335, 336, 504, 673, 700] {
            for values in [
                [Double](repeating: 0, count: count), Array(repeating: 5, count: count),
                (0..<count).map { $0 % 97 == 0 ? 1e15 : 1 }, (0..<count).map { Double($0 % 3) - 1 },
            ] {
                let history = HourlySeries(start: Hour(number: 7), values: values)
                for horizon in [1, 170] {
                    guard let forecast = method.forecast(history, horizon: horizon) else { continue }
                    #expect(forecast.count == horizon)
                    #expect(!forecast.contains { !$0.isFinite }, "\(method.name), \(count) hours")
                }
            }
        }
    }

    /// What repeats itself by the week is forecast to go on; by the day, where a method knows days alone.
    @Test(arguments: [
        ("naive 24", 24), ("naive 168", 168), ("level 24", 24), ("level 168", 168), ("profile", 168),
        ("ridge", 168),
    ])
    func goesOnWithWhatRepeatsItself(name: String, period: Int) throws {
        let method = try #require(Self.methods.first { $0.name == name })
        let value = { (hour: Int) in 100 + 50 * sin(Double(hour % period) / Double(period) * 2 * .pi) }
        let history = HourlySeries(start: Hour(number: 100), values: (0..<2000).map(value))
        let forecast = try #require(method.forecast(history, horizon: 200))
        for hour in 0..<200 { #expect(abs(forecast[hour] - value(2000 + hour)) < 1, "\(name), hour \(hour)") }
    }
}

extension SyntheticDemand {
    /// A million requests an hour in the mean, with days and weeks.
    static func daily(_ hours: Range<Hour>, seed: UInt64) -> HourlySeries {
        guard let demand = try? SyntheticDemand("daily_e6") else {
            return HourlySeries(start: hours.lowerBound, values: [])
        }
        return demand.series(over: hours, seed: seed)
    }
}
