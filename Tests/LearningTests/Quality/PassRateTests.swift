import Domain
import Learning
import Testing

@Suite struct PassRateTests {
    private func tally(_ passed: Int, of answers: Int) -> PassRate.Tally {
        var tally = PassRate.Tally()
        (tally.answers, tally.passed) = (answers, passed)
        return tally
    }

    /// The share of all ways to take k of n answers that have a right one among them.
    private func share(_ passed: Int, of answers: Int, _ k: Int) -> Double {
        let draws = (0..<(1 << answers)).filter { $0.nonzeroBitCount == k }
        return Double(draws.count { $0 & ((1 << passed) - 1) != 0 }) / Double(draws.count)
    }

    @Test(arguments: 1...8)
    func passAtKIsTheShareOfDraws(answers: Int) throws {
        for k in 1...answers {
            for passed in 0...answers {
                let found = try #require(PassRate([tally(passed, of: answers)]).passAt(k))
                #expect(abs(found - share(passed, of: answers, k)) < 1e-12)
            }
        }
    }

    /// Problems count alike, however many answers each has; k beyond the answers of one says nothing.
    @Test func problemsCountAlike() {
        let rate = PassRate([tally(1, of: 2), tally(3, of: 3)])
        #expect(rate.passAt(1) == 0.75 && rate.passAt(2) == 1)
        #expect(rate.passAt(3) == nil && rate.passAt(0) == nil && PassRate([]).passAt(1) == nil)
    }

    /// Golden values by the formula in Python, all and none among them.
    @Test(arguments: [(0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (1, 1, 0.2065, 1), (40, 164, 0.1845, 0.3150)])
    func theIntervalIsWilsons(passed: Int, count: Int, low: Double, high: Double) throws {
        let tallies = (0..<count).map { tally($0 < passed ? 1 : 0, of: 1) }
        let interval = try #require(PassRate(tallies).passAt1)
        #expect(abs(interval.low - low) < 5e-5 && abs(interval.high - high) < 5e-5)
    }
}
