import Testing

@testable import Planning

@Suite struct DemandReserveTests {
    @Test func nothingIsHeldBackOfForecastsThatAreRightOrTooLow() {
        var reserve = DemandReserve(groupCount: 1)
        #expect(reserve.share(0) == 0)
        for _ in 0..<300 { reserve.note(110, of: [100], group: 0) }
        #expect(reserve.share(0) == 0)
        reserve.note(5, of: [0], group: 0)
        #expect(reserve.share(0) == 0)
    }

    /// One in five hours falls short by a third; a single outage in a week counts for nothing; groups are apart.
    @Test func whatFallsShortInOneHourOfTenIsHeldBack() {
        var reserve = DemandReserve(groupCount: 2)
        for hour in 0..<168 {
            reserve.note(hour.isMultiple(of: 5) ? 80 : 120, of: [120], group: 0)
            reserve.note(hour == 100 ? 0 : 120, of: [120], group: 1)
        }
        #expect(abs(reserve.share(0) - 1.0 / 3) < 1e-12)
        #expect(reserve.share(1) == 0)
        // A week later that is forgotten; and never is more than half held back.
        for _ in 0..<168 { reserve.note(120, of: [120], group: 0) }
        #expect(reserve.share(0) == 0)
        for _ in 0..<168 { reserve.note(0, of: [120], group: 0) }
        #expect(reserve.share(0) == 0.5)
    }

    /// An hour that several outlooks foresaw counts once for each: a quantile of near and far hours together.
    @Test func whatEachOutlookForesawCounts() {
        var reserve = DemandReserve(groupCount: 1)
        for _ in 0..<100 { reserve.note(75, of: [75, 80, 100, 0], group: 0) }
        #expect(abs(reserve.share(0) - 0.25) < 1e-12)
        for _ in 0..<168 { reserve.note(75, of: [], group: 0) }
        #expect(abs(reserve.share(0) - 0.25) < 1e-12)
    }
}
