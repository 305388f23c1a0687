import Domain
import Testing

@testable import Forecasting

@Suite struct HourlySeriesTests {
    private let monday = Hour(number: 96)

    @Test(arguments: [(2023, 1, 1, 6), (2024, 2, 29, 3), (1970, 1, 5, 0), (1969, 12, 29, 0), (2014, 7, 1, 1)])
    func knowsItsPlaceInTheWeek(year: Int, month: Int, day: Int, weekday: Int) throws {
        let hour = Hour(try #require(Day(year: year, month: month, day: day)), hour: 5)
        #expect(hour.hourOfWeek == weekday * 24 + 5)
        #expect(hour.hourOfDay == 5)
        #expect(hour.day == Day(year: year, month: month, day: day))
        #expect(Hour(unixSeconds: hour.unixSeconds) == hour)
        #expect(Hour(unixSeconds: hour.unixSeconds + 3599) == hour)
        #expect(Hour(unixSeconds: hour.unixSeconds - 1) == hour.advanced(by: -1))
    }

    @Test func yearsHaveTheirHours() {
        #expect(Hour.years(2023...2023).count == 8760)
        #expect(Hour.years(2021...2024).count == 8760 * 4 + 24)
        #expect("\(Hour(year: 2023))" == "2023-01-01T00:00Z")
    }

    @Test func cutsWithItsGaps() {
        let series = HourlySeries(start: monday, values: [0, 1, 2, 3, 4, 5], filled: [1..<3, 5..<6])
        let part = series[monday.advanced(by: 2)..<monday.advanced(by: 99)]
        #expect(part.values == [2, 3, 4, 5])
        #expect(part.filled == [0..<1, 3..<4])
        #expect(part.start == monday.advanced(by: 2))
        #expect(series[monday.advanced(by: 9)..<monday.advanced(by: 12)].values.isEmpty)
        #expect(series[monday.advanced(by: 6)] == nil)
        #expect(series[monday.advanced(by: 5)] == 5)
    }

    @Test func scalesToAMean() {
        let series = HourlySeries(start: monday, values: [1, 2, 3])
        #expect(series.scaled(toMean: 1).values == [0.5, 1, 1.5])
        let nothing = HourlySeries(start: monday, values: [0, 0])
        #expect(nothing.scaled(toMean: 1) == nothing)
    }

    /// Whatever trace is repeated over whatever hours, an hour has a value of its own place in the week, or in the day.
    @Test(arguments: 0..<200)
    func mondaysStayMondays(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let count = Int.random(in: 24...1300, using: &generator)
        let start = Hour(number: .random(in: -2000...2000, using: &generator))
        let unit = count >= 168 ? 168 : 24
        let place = { (hour: Hour) in Double(unit == 168 ? hour.hourOfWeek : hour.hourOfDay) }
        let trace = HourlySeries(start: start, values: (0..<count).map { place(start.advanced(by: $0)) })
        let first = Hour(number: .random(in: -9000...9000, using: &generator))
        let range = first..<first.advanced(by: .random(in: 0...2000, using: &generator))
        let repeated = trace.repeated(over: range)
        #expect(repeated.hours == range)
        for hour in range { #expect(repeated[hour] == place(hour)) }
    }

    @Test func takesItsOwnHoursAsTheyAre() {
        let trace = HourlySeries(start: monday, values: (0..<500).map(Double.init))
        let range = monday.advanced(by: 170)..<monday.advanced(by: 190)
        #expect(trace.repeated(over: range) == trace[range])
    }

    /// Weeks of a trace that are not needed go before; none is there twice, or what comes would be known.
    @Test(arguments: [(336, 0, 0), (336, 336, 336), (336, 500, 336), (400, 2000, 672), (1100, 2000, 0), (1300, 336, 0)])
    func historyIsOfWeeksThatAreNotRepeated(length: Int, most: Int, history: Int) {
        // Seven whole weeks from its second hour on.
        let trace = HourlySeries(start: monday, values: (0..<1200).map(Double.init))
        let first = monday.advanced(by: 5 * 8736 + 1)
        let range = first..<first.advanced(by: length)
        let series = trace.repeated(over: range, after: most)
        #expect(series.hours == first.advanced(by: -history)..<range.upperBound)
        #expect(series.values.first == 1 && series[first] == Double(1 + history))
        #expect(length > 1176 || Set(series.values).count == series.count)
    }

    @Test func historyIsTheTracesOwnWhereItHasTheHours() {
        let trace = HourlySeries(start: monday, values: (0..<500).map(Double.init))
        let range = monday.advanced(by: 170)..<monday.advanced(by: 190)
        let whole = monday.advanced(by: 70)..<range.upperBound
        #expect(trace.repeated(over: range, after: 100) == trace[whole])
    }

    @Test func syntheticDemandIsWhatItsNameSays() throws {
        let hours = Hour.years(2023...2023)
        #expect(try SyntheticDemand("static_e3").series(over: hours, seed: 1).values.allSatisfy { $0 == 1000 })
        let normal = try SyntheticDemand("normal_e6").series(over: hours, seed: 42)
        // The error of the mean is a third of it over √8760; of a cut normal the mean is 0.04 % higher.
        #expect(abs(normal.mean / 1e6 - 1) < 0.015)
        #expect(normal.values.allSatisfy { $0 >= 0 })
        let variance = normal.values.reduce(0) { $0 + ($1 / 1e6 - 1) * ($1 / 1e6 - 1) } / 8760
        #expect(abs(variance.squareRoot() - 1.0 / 3) < 0.01)
        #expect(try SyntheticDemand("normal_e6").series(over: hours, seed: 42) == normal)
        #expect(try SyntheticDemand("normal_e6").series(over: hours, seed: 43) != normal)
        let daily = try SyntheticDemand("daily_e4").series(over: monday..<monday.advanced(by: 1680), seed: 1)
        #expect(abs(daily.mean / 1e4 - 1) < 0.01)
    }

    @Test(arguments: [
        "static", "static_6", "static_e", "static_e99", "wiki_e6", "static_e6_x", "", "_e6", "static_e-1",
    ])
    func refusesOtherNames(name: String) {
        #expect(message { try SyntheticDemand(name) }.contains("static_e6"))
    }
}
