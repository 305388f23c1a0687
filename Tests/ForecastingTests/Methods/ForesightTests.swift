import Domain
import Testing

@testable import Forecasting

@Suite struct ForesightTests {
    private let truth = SyntheticDemand.daily(Hour(number: 96)..<Hour(number: 96 + 24 * 400), seed: 1)

    @Test func exactIsTheTruth() {
        #expect(Foresight.exact.values(of: truth, from: 100, horizon: 50) == Array(truth.values[100..<150]))
        #expect(Foresight.exact.values(of: truth, from: 9590, horizon: 50) == Array(truth.values[9590...]))
        #expect(Foresight.exact.values(of: truth, from: 9600, horizon: 50).isEmpty)
    }

    /// Each day's mean absolute percentage error is the one that is published.
    @Test(arguments: [
        ("US-CAL-CISO", [0.0808, 0.1119, 0.1293, 0.1362]), ("US-TEX-ERCO", [0.0978, 0.1093, 0.1161, 0.1223]),
    ])
    func errsAsMuchAsIsPublished(zone: String, published: [Double]) throws {
        let foresight = try #require(Foresight(carbonCastOf: zone, seed: 3))
        for (day, published) in published.enumerated() {
            var (sum, count) = (0.0, 0)
            for origin in stride(from: 0, to: 9000, by: 24) {
                let values = foresight.values(of: truth, from: origin, horizon: 96)
                for hour in 24 * day..<24 * (day + 1) {
                    sum += abs(values[hour] / truth.values[origin + hour] - 1)
                    count += 1
                }
            }
            #expect(abs(sum / Double(count) / published - 1) < 0.03)
        }
        #expect(Foresight(carbonCastOf: "XX", seed: 3) == nil)
    }

    @Test func saysTheRestByWhatItIsGiven() {
        let foresight = Foresight(dailyErrors: [0.1], seed: 1)
        let naive = SeasonalNaive(period: 168)
        let values = foresight.values(of: truth, from: 400, horizon: 60, then: naive)
        #expect(Array(values[24...]) == Array((naive.forecasts(of: truth, from: [400], horizon: 60)?[0] ?? [])[24...]))
        #expect(Array(foresight.values(of: truth, from: 400, horizon: 60)[24...]) == Array(truth.values[424..<460]))
    }

    @Test func isTheSameForTheSameSeedAndOrigin() {
        let foresight = Foresight(dailyErrors: [0.5, 0.5], seed: 9)
        let first = foresight.values(of: truth, from: 48, horizon: 48)
        #expect(foresight.values(of: truth, from: 48, horizon: 48) == first)
        #expect(Foresight(dailyErrors: [0.5, 0.5], seed: 10).values(of: truth, from: 48, horizon: 48) != first)
        #expect(first.allSatisfy { $0 >= 0 })
        let later = foresight.values(of: truth, from: 72, horizon: 24)
        #expect(later != Array(first[24...]))
    }

    /// The record of each day ahead is what its errors come to, and is taken from hours that have come alone.
    @Test func itsRecordIsWhatItWasOffBy() throws {
        let foresight = Foresight(dailyErrors: [0.05, 0.2], seed: 4)
        let record = foresight.record(of: truth, before: 24 * 40)
        let scale = truth.values[24 * 24..<24 * 40].reduce(0) { $0 + $1 * $1 } / Double(24 * 16)
        for (hour, share) in [(0, 0.05), (47, 0.2)] {
            let expected = share * (Double.pi / 2 * scale).squareRoot()
            #expect(abs(record.deviations[hour] / expected - 1) < 0.2)
        }
        #expect(record.deviations.count == 48)
        // Each hour has an error of its own.
        #expect(record.correlation < 0.15)
        let cut = HourlySeries(start: truth.start, values: Array(truth.values[..<(24 * 40)]))
        #expect(foresight.record(of: cut, before: 24 * 40) == record)
        #expect(foresight.record(of: truth, before: 24).deviations[24] == 0)
        #expect(Foresight.exact.record(of: truth, before: 500) == ErrorRecord(deviations: [], correlation: 0))
        #expect(record.dropFirst(40).deviations == Array(record.deviations[40...]))
    }
}
