import Domain
import Testing

@testable import Routing

@Suite struct AttemptBudgetTests {
    private static let second: UInt64 = 1_000_000_000

    /// Every call fails and every failure asks for another attempt: the load stays near the share.
    @Test func retriesCannotMultiplyTheLoad() {
        var budget = AttemptBudget(share: 0.2, perSecondMin: 1, capacity: 10, now: 0)
        var retries = 0
        for request in 0..<10_000 as Range<UInt64> {
            budget.deposit()
            let now = request * Self.second / 1000
            for _ in 0..<3 where budget.withdraw(now: now) { retries += 1 }
        }
        #expect((2000...2021).contains(retries))
    }

    @Test func aQuietServiceMayRetryAFewTimesASecond() {
        var budget = AttemptBudget(share: 0, perSecondMin: 2, capacity: 3, now: 0)
        let times =
            [0, 0, 0, 0, Self.second / 2 - 1, Self.second / 2] + [UInt64](repeating: 100 * Self.second, count: 4)
        let given = times.map { budget.withdraw(now: $0) }
        #expect(given == [true, true, true, false, false, true, true, true, true, false])
    }

    /// Never more than it started with, what was deposited and what time gave; a clock that goes back gives nothing.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func neverGivesMoreThanItGot(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (share, rate, capacity) = (0.3, 5.0, 7.0)
        var budget = AttemptBudget(share: share, perSecondMin: rate, capacity: capacity, now: Self.second)
        var (now, latest, deposits, given) = (Self.second, Self.second, 0, 0)
        for _ in 0..<1000 {
            now =
                Bool.random(using: &generator) ? now + .random(in: 0...Self.second / 10, using: &generator) : latest / 2
            latest = max(latest, now)
            if Bool.random(using: &generator) {
                budget.deposit()
                deposits += 1
            } else if budget.withdraw(now: now) {
                given += 1
            }
            let most = capacity + share * Double(deposits) + rate * Double(latest - Self.second) / 1e9
            #expect(Double(given) <= most + 1e-6)
        }
    }
}
