import Domain
import Testing

@testable import Forecasting

@Suite struct ForecastCorrectionTests {
    /// A forecast with these values, and levels of a normal distribution with these deviations.
    private func forecast(_ values: [Double], deviations: [Double]) -> Forecast {
        let levels = [(0.1, -1.281_551_6), (0.9, 1.281_551_6)].map { level, multiple in
            Forecast.Quantile(level: level, values: zip(values, deviations).map { $0 + multiple * $1 })
        }
        return Forecast(start: Hour(number: 0), values: values, quantiles: levels)
    }

    /// By hand, of one hour: a deviation of 2 beside one of 1 has a fifth of the weight, beside one of 4 four fifths.
    @Test(arguments: [(1.0, 18.0), (4, 12), (0, 20)])
    func anHourCountsByTheInverseOfItsSquaredError(deviation: Double, expected: Double) {
        let record = ErrorRecord(deviations: [deviation], correlation: 0.5)
        let values = forecast([10], deviations: [2]).values(correctedBy: [20], record: record)
        #expect(abs(values[0] - expected) < 1e-6)
    }

    /// By hand, of two hours with deviations of 1: sums [[2, .95], [.95, 2]], differences [1, 0], weights [2, −.95] ÷ 3.0975.
    @Test func anErrorIsFollowedToTheHoursNextToIt() {
        let record = ErrorRecord(deviations: [1, 1], correlation: 0)
        let values = forecast([10, 10, 10], deviations: [1, 1, 1]).values(correctedBy: [11, 10], record: record)
        let weights = [2 / 3.0975, -0.95 / 3.0975]
        let expected = [
            10 + weights[0] + 0.95 * weights[1], 10 + 0.95 * weights[0] + weights[1],
            10 + 0.9025 * weights[0] + 0.95 * weights[1],
        ]
        #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(values)")
    }

    @Test func whoIsNeverOffIsBelieved() {
        let never = ErrorRecord(deviations: [0, 0], correlation: 0)
        let values = forecast([10, 10], deviations: [1, 1]).values(correctedBy: [20, 30], record: never)
        #expect(zip(values, [20, 30]).allSatisfy { abs($0 - $1) < 1e-4 })
        let record = ErrorRecord(deviations: [1, 1], correlation: 0)
        #expect(forecast([10, 10], deviations: [0, 0]).values(correctedBy: [20, 30], record: record) == [10, 10])
        #expect(forecast([10, 10], deviations: [0, 0]).values(correctedBy: [20, 30], record: never) == [10, 10])
    }

    @Test func withoutLevelsTheOtherIsBelieved() {
        let record = ErrorRecord(deviations: [1], correlation: 0)
        let plain = Forecast(start: Hour(number: 0), values: [10, 10])
        #expect(plain.values(correctedBy: [20, 30], record: record) == [20, 10])
        #expect(plain.values(correctedBy: [], record: record) == [10, 10])
        #expect(forecast([10], deviations: [1]).values(correctedBy: [], record: record) == [10])
    }

    /// One is off by the same all day, the other by chance in each hour: together they err less than half as much as either.
    @Test func courseAndLevelAreTakenFromWhomTheyAreKnownBy() {
        var (chance, squares) = (NormalGenerator(seed: 5), [0.0, 0, 0])
        let record = ErrorRecord(deviations: Array(repeating: 2, count: 48), correlation: 0)
        for _ in 0..<200 {
            let shift = 2 * chance.next()
            let mine = Array(repeating: 100 + shift, count: 48)
            let theirs = (0..<48).map { _ in 100 + 2 * chance.next() }
            let both = forecast(mine, deviations: Array(repeating: 2, count: 48))
                .values(correctedBy: theirs, record: record)
            for (place, values) in [mine, theirs, both].enumerated() {
                squares[place] += values.reduce(0) { $0 + ($1 - 100) * ($1 - 100) }
            }
        }
        #expect(squares[2] < 0.25 * min(squares[0], squares[1]), "\(squares)")
    }
}
