import Domain
import Testing

@testable import Forecasting

@Suite struct GapRuleTests {
    private let start = Hour(number: 96)

    @Test func drawsAStraightLineThroughAShortGap() throws {
        let series = try GapRule().series([1, nil, nil, nil, 5, 6, 7, 8, 9, 10, 11, 12], from: start, named: "x")
        #expect(series.values.prefix(5) == [1, 2, 3, 4, 5])
        #expect(series.filled == [1..<4])
        #expect(series.filledCount == 3)
    }

    @Test func takesAWeekBeforeInALongGap() throws {
        var values = (0..<400).map { Optional(Double($0 % 168)) }
        for index in 200..<240 { values[index] = nil }
        let series = try GapRule().series(values, from: start, named: "x")
        #expect(series.values == (0..<400).map { Double($0 % 168) })
        #expect(series.filled == [200..<240])
    }

    /// A gap of more than a week takes what was filled in at its own beginning.
    @Test func goesOnThroughMoreThanAWeek() throws {
        var values = (0..<1600).map { Optional(Double($0 % 168)) }
        for index in 300..<600 { values[index] = nil }
        #expect(try GapRule().series(values, from: start, named: "x").values == (0..<1600).map { Double($0 % 168) })
    }

    @Test func looksAheadAtTheBeginning() throws {
        var values = (0..<400).map { Optional(Double($0 % 168)) }
        for index in 0..<30 { values[index] = nil }
        #expect(try GapRule().series(values, from: start, named: "x").values == (0..<400).map { Double($0 % 168) })
    }

    @Test func holdsTheEndsOfAShortSeries() throws {
        let series = try GapRule().series([nil, 4, 5, 6, 7, 8, 9, nil], from: start, named: "x")
        #expect(series.values == [4, 4, 5, 6, 7, 8, 9, 9])
    }

    @Test func refusesWhatIsMostlyGaps() {
        #expect(throws: SeriesError.tooManyGaps(path: "x", missing: 2, count: 7)) {
            try GapRule().series([1, nil, nil, 4, 5, 6, 7], from: start, named: "x")
        }
        #expect(throws: SeriesError.empty(path: "x")) { try GapRule().series([nil, nil], from: start, named: "x") }
        #expect(throws: SeriesError.empty(path: "x")) { try GapRule().series([], from: start, named: "x") }
    }

    /// Readings stay as they are, every value is finite and lies among the readings, and each gap is told.
    @Test(arguments: 0..<200)
    func changesNoReading(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let count = Int.random(in: 1...700, using: &generator)
        let share = Double.random(in: 0...0.2, using: &generator)
        var run = 0
        let values = (0..<count).map { _ -> Double? in
            if run == 0, Double.random(in: 0...1, using: &generator) < share / 5 {
                run = Int.random(in: 1...9, using: &generator)
            }
            run = max(run - 1, 0)
            return run > 0 ? nil : .random(in: 3...4, using: &generator)
        }
        var rule = GapRule()
        rule.shareMax = 1
        guard values.contains(where: { $0 != nil }) else { return }
        let series = try rule.series(values, from: start, named: "x")
        let gaps = Set(series.filled.flatMap(Array.init))
        for (index, value) in values.enumerated() {
            #expect(gaps.contains(index) == (value == nil))
            #expect(value == nil || series.values[index] == value)
            #expect((3...4).contains(series.values[index]))
        }
    }
}
