import Domain
import Testing

@testable import Forecasting

@Suite struct OutlierRuleTests {
    private func series(_ values: [Double]) -> HourlySeries { HourlySeries(start: Hour(number: 96), values: values) }

    private func week(_ count: Int) -> [Double] {
        (0..<count).map { hour -> Double in Double(100 + hour % 168 + hour * 7 % 5) }
    }

    @Test func takesAnOutageOut() {
        var values = week(1200)
        for hour in 800..<804 { values[hour] = 1 }
        values[900] = 5000
        let cleaned = OutlierRule().cleaned(series(values)).values
        for hour in 0..<1200 { #expect(abs(cleaned[hour] - week(1200)[hour]) <= 4) }
        #expect(cleaned[..<800] == values[..<800])
    }

    /// A new level is followed after six hours; what varies anyhow has no outliers.
    @Test func leavesANewLevel() {
        let values = week(1200).enumerated().map { $0 >= 800 ? $1 + 1000 : $1 }
        let cleaned = OutlierRule().cleaned(series(values)).values
        #expect(cleaned[805] < 400)
        #expect(cleaned[806...850] == values[806...850])
        let wild = (0..<1200).map { Double($0 * 7919 % 1000) }
        #expect(OutlierRule().cleaned(series(wild)).values == wild)
    }

    @Test func leavesAShortHistory() {
        var values = week(504)
        values[500] = 0
        #expect(OutlierRule().cleaned(series(values)).values == values)
    }

    /// Days come into the four weeks that set the bound, and go: it is theirs at the end as it was at first.
    @Test func forgetsWildWeeks() {
        var generator = SeededGenerator(seed: 7)
        // For ten weeks hours are off by up to 40, then for ten by up to 1.
        let noise = (0..<3360).map { Double.random(in: -1...1, using: &generator) * ($0 < 1680 ? 40 : 1) }
        var values = zip(week(3360), noise).map { $0 + $1 }
        values[1000] -= 90
        values[3000] -= 90
        let cleaned = OutlierRule().cleaned(series(values)).values
        #expect(cleaned[1000] == values[1000])
        #expect(abs(cleaned[3000] - week(3360)[3000]) < 2)
        #expect(cleaned.indices.filter { cleaned[$0] != values[$0] } == [3000])
    }

    /// Cut anywhere, a history is cleaned as the whole one was.
    @Test(arguments: 0..<6)
    func judgesByWhatLiesBefore(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = week(1400).map { value in
            Int.random(in: 0..<40, using: &generator) == 0 ? 0 : value + .random(in: -3...3, using: &generator)
        }
        let whole = OutlierRule().cleaned(series(values)).values
        #expect(whole != values)
        for _ in 0..<5 {
            let cut = Int.random(in: 0...1400, using: &generator)
            #expect(OutlierRule().cleaned(series(Array(values[..<cut]))).values == Array(whole[..<cut]))
        }
    }
}
