import Domain
import Testing

@testable import Budgets

@Suite struct WindowShapeTests {
    /// Every day from 1970 to 2400, month lengths counted out.
    @Test func monthsBeginAndEndWithTheCalendar() throws {
        let shape = try #require(WindowShape(.calendar(.month)))
        let day: Int64 = 86_400_000
        var (today, month) = (Int64(0), Int64(0))
        for year in 1970..<2400 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for length in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as [Int64] {
                try #require(shape.start(of: month) == today * day)
                try #require(shape.cell(of: today * day) == month)
                try #require(shape.cell(of: (today + length) * day - 1) == month)
                today += length
                month += 1
            }
        }
    }

    @Test(arguments: Budget.Period.allCases)
    func cellsFollowEachOtherWithoutAGap(period: Budget.Period) throws {
        var generator = SeededGenerator(seed: 1)
        for window in [Budget.Window.calendar(period), .rolling(period)] {
            let shape = try #require(WindowShape(window))
            for _ in 0..<1000 {
                let instant = Int64.random(in: 0..<4_000_000_000_000, using: &generator)
                let cell = shape.cell(of: instant)
                #expect((shape.start(of: cell)..<shape.start(of: cell + 1)).contains(instant))
                #expect(shape.cell(of: shape.start(of: cell)) == cell)
                #expect(shape.cell(of: shape.start(of: cell + 1) - 1) == cell)
            }
        }
    }

    /// What is added at a window's first millisecond counts for all of it, and what is added at its last for that alone.
    @Test func whatIsAddedCountsUntilItsWindowEnds() {
        let january = Int64(31) * 86_400_000
        #expect(Budget.Window.calendar(.month).end(from: 0) == january)
        #expect(Budget.Window.calendar(.month).end(from: january - 1) == january)
        #expect(Budget.Window.calendar(.month).end(from: january) == january + 28 * 86_400_000)
        #expect(Budget.Window.rolling(.minute).end(from: 90_000) == 150_000)
        #expect(Budget.Window.request.end(from: 0) == nil)
    }

    @Test func absurdInstantsAreHeldToTheRange() throws {
        for window in [Budget.Window.calendar(.month), .calendar(.minute), .rolling(.minute)] {
            let shape = try #require(WindowShape(window))
            #expect(shape.cell(of: .min) == 0)
            #expect(shape.start(of: shape.cell(of: .max) + 1) > 0)
        }
        #expect(WindowShape(.request) == nil)
    }
}
