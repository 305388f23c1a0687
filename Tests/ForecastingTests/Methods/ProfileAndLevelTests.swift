import Domain
import Testing

@testable import Forecasting

@Suite struct ProfileAndLevelTests {
    private func history(_ values: [Double]) -> HourlySeries { HourlySeries(start: Hour(number: 96), values: values) }

    /// An outage a week ago, at an hour that otherwise varies little, is not expected again.
    @Test func profileForgetsAnOutage() throws {
        var values = (0..<672).map { hour -> Double in Double(100 + hour % 24 + hour * 7919 % 11) }
        for hour in 500..<503 { values[hour] = 0 }
        // The outage lies within the last week of the first 600 hours, and naive methods repeat it.
        let cut = history(Array(values[..<600]))
        let naive = try #require(SeasonalNaive(period: 168).forecast(cut, horizon: 168))
        #expect(naive.min() == 0)
        let profile = try #require(HourOfWeekProfile().forecast(cut, horizon: 168))
        #expect(try #require(profile.min()) > 90)
    }

    /// Of a last day that is 8 higher, half stays; the last hour's own rise dies away within days.
    @Test func profileFollowsHalfOfTheLastDay() throws {
        var values = (0..<672).map { hour -> Double in Double(100 + hour * 7 % 5) }
        let calm = try #require(HourOfWeekProfile().forecast(history(values), horizon: 168))
        for hour in 648..<672 { values[hour] += 8 }
        let moved = try #require(HourOfWeekProfile().forecast(history(values), horizon: 168))
        // The mean of four weeks has taken in a quarter of the rise for the last day itself.
        #expect(abs(moved[100] - calm[100] - 3) < 0.1)
        #expect(moved[0] - calm[0] > moved[24] - calm[24])
    }

    @Test func levelFollowsAndFallsBack() throws {
        // Two weeks at 100, the last four days at 150: the level has been found, and is damped towards the mean.
        let values = (0..<336).map { hour -> Double in Double((hour >= 240 ? 150 : 100) + hour % 24) }
        let forecast = try #require(DampedLevel(period: 24).forecast(history(values), horizon: 400))
        let mean = values.reduce(0, +) / 336
        #expect(abs(forecast[0] - 150) < 6)
        #expect(abs(forecast[399] - (mean - 11.5 + Double(399 % 24))) < 1)
        #expect(forecast[24] < forecast[0] && forecast[48] < forecast[24])
        var steady = DampedLevel(period: 24)
        steady.dampingHours = 1e9
        #expect(try #require(steady.forecast(history(values), horizon: 400))[384] > 144)
    }
}
