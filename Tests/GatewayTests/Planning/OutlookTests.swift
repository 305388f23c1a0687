import Accounting
import Configuration
import Domain
import Ledger
import Testing

@testable import Gateway

@Suite struct OutlookTests {
    private let hour = 480_000

    private func readings(
        _ hours: Range<Int>,
        _ kind: IntensityReading.Kind,
        _ grams: (Int) -> Double
    ) -> IntensitySeries {
        var series = IntensitySeries(readingsMax: 10_000)
        series.insert(
            hours.compactMap {
                IntensityReading(
                    start: Int64($0) * 3600,
                    seconds: 3600,
                    gramsPerKilowattHour: grams($0),
                    kind: kind
                )
            }
        )
        return series
    }

    /// A file may hold the whole year: what was measured after now is not known yet.
    @Test func doesNotLookIntoTheFuture() {
        let known = readings(hour - 200..<hour + 200, .measured) { $0 < self.hour ? 100 : 900 }
        let outlook = IntensityOutlook(
            from: hour,
            horizon: 48,
            history: known.hours(hour - 200..<hour),
            series: known,
            now: 100
        )
        #expect(outlook.values.count == 48 && outlook.basis == .history)
        #expect(outlook.values.allSatisfy { abs($0 - 100) < 1 }, "\(outlook.values)")
    }

    @Test func goesByTheSourcesOwnForecast() {
        let said = readings(hour..<hour + 24, .forecast) { Double($0 - self.hour) + 300 }
        let outlook = IntensityOutlook(from: hour, horizon: 30, history: [:], series: said, now: 50)
        #expect(outlook.basis == .source)
        // Of the hour at hand, what is known counts; behind the forecast there is nothing but that.
        #expect(outlook.values[0] == 50 && outlook.values[1] == 301 && outlook.values[23] == 323)
        #expect(outlook.values[24] == 50)
    }

    @Test func knowsTheCourseOfADay() {
        let known = readings(hour - 24 * 21..<hour, .measured) { $0 % 24 < 12 ? 200 : 400 }
        let outlook = IntensityOutlook(
            from: hour,
            horizon: 24,
            history: known.hours(hour - 24 * 21..<hour),
            series: known,
            now: 200
        )
        #expect(outlook.basis == .history)
        for (place, value) in outlook.values.enumerated().dropFirst() {
            #expect(abs(value - ((hour + place) % 24 < 12 ? 200 : 400)) < 20)
        }
    }

    @Test(arguments: [[:], [1: 5.0]])
    func isConstantWhereNothingWasRead(history: [Int: Double]) {
        let history = Dictionary(uniqueKeysWithValues: history.map { (hour - $0.key, $0.value) })
        let outlook = IntensityOutlook(from: hour, horizon: 5, history: history, series: nil, now: 481)
        #expect(outlook.values == [481, 481, 481, 481, 481] && outlook.basis == .constant)
    }

    @Test func anHourUnderWayCorrectsWhatIsExpectedOfIt() {
        func corrected(_ expected: Double, seen: Int, passed: Double) -> Double {
            var value = expected
            DemandOutlook.correct(&value, by: seen, passed: passed)
            return value
        }
        #expect(corrected(1000, seen: 0, passed: 0) == 1000)
        #expect(abs(corrected(1000, seen: 500, passed: 0.5) - 1000) < 1e-9)
        #expect(abs(corrected(1000, seen: 1000, passed: 0.5) - 1995) < 5)
        #expect(corrected(1000, seen: 1700, passed: 1) == 1700)
        // One request in the first minute is no rush.
        #expect(corrected(1, seen: 1, passed: 0.02) < 2.5)
        #expect(corrected(0, seen: 3, passed: 0.5) == 3)
    }

    @Test func demandIsNeverNothingAndThePastIsOfWholeHours() throws {
        let policy = try Policy.test([
            entry("small", "tier: light, quality: 0.2"), entry("large", "tier: heavy, quality: 0.8"),
        ])
        let fleet = try #require(policy.plannedFleet)
        func row(_ before: Int, _ model: String?, _ count: Int) -> DemandRow {
            DemandRow(hour: hour - before, group: "default", model: model.map { ModelID($0) }, requests: count)
        }
        let models = [ModelID("small"): 0, ModelID("large"): 1]
        func outlook(_ rows: [DemandRow]) -> DemandOutlook {
            DemandOutlook(
                from: hour,
                passed: 0,
                horizon: 24,
                back: 23,
                rows: rows,
                seen: [:],
                fleet: fleet,
                models: models
            )
        }
        let nothing = outlook([])
        #expect(nothing.values.count == 24 && nothing.values.allSatisfy { $0 > 0 })
        #expect(nothing.past.demand.isEmpty)
        // Of requests that nobody answered there was demand, and no quality; the hour at hand is not past.
        let some = outlook([row(3, "small", 4), row(1, "large", 2), row(1, nil, 5), row(0, "large", 100)])
        #expect(some.past.demand == [4, 0, 7])
        #expect(zip(some.past.quality, [0.8, 0, 1.6]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    /// Demand that often falls short is counted on for less, but for the hour at hand.
    @Test func demandThatVariesIsCountedOnForLess() throws {
        let policy = try Policy.test([
            entry("small", "tier: light, quality: 0.2"), entry("large", "tier: heavy, quality: 0.8"),
        ])
        let fleet = try #require(policy.plannedFleet)
        func outlook(_ count: (Int) -> Int) -> DemandOutlook {
            DemandOutlook(
                from: hour,
                passed: 0.5,
                horizon: 24,
                back: 23,
                rows: (1...336).map {
                    DemandRow(hour: hour - $0, group: "default", model: ModelID("small"), requests: count($0))
                },
                seen: [:],
                fleet: fleet,
                models: [ModelID("small"): 0]
            )
        }
        let steady = outlook { _ in 100 }
        #expect(zip(steady.floor, steady.values).allSatisfy { $0 > 0.99 * $1 && $0 <= $1 })
        let wild = outlook { ($0 * 7919) % 13 < 4 ? 30 : 130 }
        #expect(zip(wild.floor, wild.values).dropFirst().allSatisfy { $0 < 0.9 * $1 && $0 >= 0.5 * $1 })
        #expect(wild.floor[0] == wild.values[0])
    }
}
