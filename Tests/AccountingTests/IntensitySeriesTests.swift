import Accounting
import Domain
import Testing

@Suite struct IntensitySeriesTests {
    @Test func holdsAReadingUntilTheNextButNotAcrossAGap() {
        let series = series([(0, 100), (3600, 200), (4 * 3600, 300)])
        #expect(series.reading(at: -1) == nil)
        #expect(series.reading(at: 3599)?.gramsPerKilowattHour == 100)
        #expect(series.reading(at: 3600)?.gramsPerKilowattHour == 200)
        #expect(series.reading(at: 7199)?.gramsPerKilowattHour == 200)
        #expect(series.reading(at: 7200) == nil)
        #expect(series.reading(at: 4 * 3600)?.gramsPerKilowattHour == 300)
        #expect(series.reading(at: 5 * 3600) == nil)
    }

    /// Half-hours and five minutes hold for no longer than that.
    @Test(arguments: [300, 1800] as [Int64])
    func findsTheStepOfASeries(step: Int64) {
        let series = series([(0, 1), (step, 2), (4 * step, 3)])
        #expect(series.reading(at: 2 * step - 1)?.gramsPerKilowattHour == 2)
        #expect(series.reading(at: 2 * step) == nil)
    }

    /// A forecast never replaces what was measured, and a measurement always replaces a forecast.
    @Test func keepsTheReadingOfMoreWorth() throws {
        func reading(_ grams: Double, _ kind: IntensityReading.Kind) throws -> IntensityReading {
            try #require(IntensityReading(start: 0, gramsPerKilowattHour: grams, kind: kind))
        }
        var series = IntensitySeries(readingsMax: 10)
        series.insert([try reading(1, .forecast), try reading(2, .forecast)])
        #expect(series.readings.map(\.gramsPerKilowattHour) == [2])
        series.insert([try reading(3, .measured)])
        series.insert([try reading(4, .forecast), try reading(5, .estimated)])
        #expect(series.readings.map(\.gramsPerKilowattHour) == [3])
    }

    @Test func dropsTheOldestBeyondItsLimit() {
        let series = series((0..<100).map { (Int64($0) * 3600, Double($0)) }, readingsMax: 10)
        #expect(series.readings.map(\.gramsPerKilowattHour) == (90..<100).map(Double.init))
    }

    @Test func weighsTheMeanByTime() throws {
        let series = series([(0, 100), (3600, 200), (4 * 3600, 300)])
        let mean = try #require(series.mean(over: 1800..<5400))
        #expect(mean == (150, 1))
        let acrossAGap = try #require(series.mean(over: 3600..<5 * 3600))
        #expect(acrossAGap.gramsPerKilowattHour == 250)
        #expect(acrossAGap.coverage == 0.5)
        #expect(series.mean(over: 7200..<3 * 3600) == nil)
        #expect(series.mean(over: 0..<0) == nil)
    }

    /// However a day is cut into steps, its mean is the same.
    @Test(arguments: [60, 300, 900, 3600, 7200, 43_200, 86_400] as [Int64])
    func keepsTheMeanAtAnyStep(step: Int64) throws {
        var generator = SeededGenerator(seed: UInt64(step))
        let hours = (0..<24).map { (Int64($0) * 3600, Double.random(in: 20...800, using: &generator)) }
        let whole = series(hours)
        let steps = whole.resampled(over: 0..<86_400, step: step)
        #expect(steps.count == Int(86_400 / step))
        let mean = steps.reduce(0) { $0 + $1.gramsPerKilowattHour } / Double(steps.count)
        #expect(abs(mean - (try #require(whole.mean(over: 0..<86_400)).gramsPerKilowattHour)) < 1e-9)
    }

    @Test func keepsItsGapsAtAnyStep() {
        let steps = series([(0, 100), (4 * 3600, 300)]).resampled(over: 0..<5 * 3600, step: 1800)
        #expect(steps.map(\.start) == [0, 1800, 14_400, 16_200])
    }

    private func series(_ values: [(Int64, Double)], readingsMax: Int = 5000) -> IntensitySeries {
        var series = IntensitySeries(readingsMax: readingsMax)
        series.insert(
            values.shuffled().compactMap {
                IntensityReading(start: $0.0, gramsPerKilowattHour: $0.1, kind: .measured)
            }
        )
        return series
    }
}
