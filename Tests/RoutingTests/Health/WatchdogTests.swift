import Testing

@testable import Routing

@Suite struct WatchdogTests {
    private func watchdog() -> Watchdog {
        Watchdog(
            firstToken: Watchdog.Limits(factor: 4, floor: .seconds(1), ceiling: .seconds(60), samplesMin: 10),
            betweenTokens: Watchdog.Limits(factor: 4, floor: .seconds(1), ceiling: .seconds(30), samplesMin: 10)
        )
    }

    @Test func waitsForAsLongAsItMayUntilItHasSeenEnough() {
        var watchdog = watchdog()
        for _ in 0..<9 { watchdog.observe(firstToken: .seconds(1), longestPause: nil) }
        #expect(watchdog.firstTokenMax == .seconds(60))
        watchdog.observe(firstToken: .seconds(1), longestPause: nil)
        #expect((Duration.seconds(3.7)...Duration.seconds(4.3)).contains(watchdog.firstTokenMax))
        #expect(watchdog.betweenTokensMax == .seconds(30))
    }

    @Test(arguments: [(1, 1), (30_000, 60)] as [(Int64, Int64)])
    func staysWithinItsBounds(milliseconds: Int64, expectedSeconds: Int64) {
        var watchdog = watchdog()
        for _ in 0..<100 { watchdog.observe(firstToken: .milliseconds(milliseconds), longestPause: nil) }
        #expect(watchdog.firstTokenMax == .seconds(expectedSeconds))
    }

    /// A model that has become ten times slower for good is given up a few times, and then waited for.
    @Test func learnsThatAModelHasBecomeSlower() {
        var watchdog = watchdog()
        for _ in 0..<300 { watchdog.observe(firstToken: .seconds(1), longestPause: .milliseconds(100)) }
        var givenUp = 0
        for _ in 0..<100 {
            let limit = watchdog.firstTokenMax
            if limit < .seconds(10) { givenUp += 1 }
            watchdog.observe(firstToken: min(limit, .seconds(10)), longestPause: nil)
        }
        #expect((1...20).contains(givenUp))
    }

    @Test func followsOtherSettingsAtOnce() {
        var watchdog = watchdog()
        for _ in 0..<100 { watchdog.observe(firstToken: .seconds(1), longestPause: .milliseconds(1)) }
        watchdog.firstToken.ceiling = .seconds(2)
        watchdog.betweenTokens.floor = .seconds(7)
        #expect(watchdog.firstTokenMax == .seconds(2))
        #expect(watchdog.betweenTokensMax == .seconds(7))
    }
}
