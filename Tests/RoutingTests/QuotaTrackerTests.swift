import Domain
import Testing

@testable import Routing

/// Shares of a plan become tiers of requests.
@Suite struct QuotaTrackerTests {
    /// Courses of the predicted gain over a run of requests.
    enum Course: String, CaseIterable, Sendable {
        case even, skewed, rising, falling, bursts, equal, twoValues, unknown

        func gain(at place: Int, using generator: inout SeededGenerator) -> Double {
            let chance = Double.random(in: 0..<1, using: &generator)
            return switch self {
            case .even: chance
            case .skewed: chance * chance * chance * chance
            case .rising: Double(place) / 1000 + chance
            case .falling: -Double(place) / 1000 + chance
            case .bursts: place / 100 % 5 == 0 ? 1 + chance : chance
            case .equal: 0.3
            case .twoValues: chance < 0.7 ? 0 : 1
            case .unknown: .nan
            }
        }
    }

    private static let plans: [[Double]] = [
        [0.5, 0.5], [0.62, 0.38], [0.9, 0.08, 0.02], [0.2, 0.5, 0.3], [1, 0, 0], [0, 1, 0], [0, 0, 1], [30, 10],
    ]

    /// After a few hundred requests the share is within 1 %, and stays there, whatever the gains do.
    @Test(arguments: Course.allCases, plans)
    func theRealisedShareFollowsTheQuota(course: Course, shares: [Double]) {
        var generator = SeededGenerator(seed: 7)
        var tracker = QuotaTracker()
        var counts = Array(repeating: 0.0, count: shares.count)
        let sum = shares.reduce(0, +)
        for place in 0..<4000 {
            let gain = course.gain(at: place, using: &generator)
            let draw = Double.random(in: 0..<1, using: &generator)
            counts[tracker.place(gain: gain, shares: shares, draw: draw)] += 1
            let worst = shares.indices.map { abs(counts[$0] / Double(place + 1) - shares[$0] / sum) }.max() ?? 0
            #expect(place < 600 || worst <= 0.01, "after \(place + 1) requests")
        }
    }

    /// The mean gain of those that go up is that of the best ones, but for a few hundredths.
    @Test(arguments: [0.1, 0.38, 0.8])
    func thoseThatGainMostGoUp(share: Double) {
        var generator = SeededGenerator(seed: 3)
        var tracker = QuotaTracker()
        var all: [Double] = []
        var (sum, count) = (0.0, 0)
        for place in 0..<5000 {
            let gain = Course.skewed.gain(at: place, using: &generator)
            let tier = tracker.place(gain: gain, shares: [1 - share, share], draw: 0.5)
            guard place >= 500 else { continue }
            all.append(gain)
            if tier == 1 { (sum, count) = (sum + gain, count + 1) }
        }
        let best = all.sorted().suffix(count).reduce(0, +)
        let random = Double(count) / Double(all.count) * all.reduce(0, +)
        #expect((sum - random) / (best - random) > 0.95)
    }

    /// A change of plan counts from then on alone.
    @Test func aNewPlanHoldsFromThenOn() {
        var generator = SeededGenerator(seed: 9)
        var tracker = QuotaTracker()
        for (shares, share) in [([0.9, 0.1], 0.1), ([0.3, 0.7], 0.7), ([0.6, 0.4], 0.4)] {
            var above = 0
            for place in 0..<1000 {
                let gain = Course.even.gain(at: place, using: &generator)
                above += tracker.place(gain: gain, shares: shares, draw: 0.5)
            }
            #expect(abs(Double(above) / 1000 - share) < 0.012)
        }
    }

    /// What the better tier could not serve is made up for, up to a limit.
    @Test func missesAreCarriedOver() {
        var generator = SeededGenerator(seed: 5)
        var tracker = QuotaTracker()
        var above = 0
        for place in 0..<2000 {
            let gain = Course.even.gain(at: place, using: &generator)
            let tier = tracker.place(gain: gain, shares: [0.7, 0.3], draw: 0.5)
            // Every third of the first thousand that should have gone up was served below.
            if tier == 1, place < 1000, place.isMultiple(of: 3) { tracker.move(from: 1, to: 0) } else { above += tier }
        }
        #expect(abs(Double(above) / 2000 - 0.3) < 0.005)

        var outage = QuotaTracker()
        for place in 0..<5000 where outage.place(gain: Double(place % 10), shares: [0.5, 0.5], draw: 0.5) == 1 {
            outage.move(from: 1, to: 0)
        }
        var after = 0
        for place in 0..<1000 { after += outage.place(gain: Double(place % 10), shares: [0.5, 0.5], draw: 0.5) }
        #expect(after <= 500 + Int(QuotaTracker.carryMax) + 6, "a long outage is not caught up with")
    }

    @Test func sharesThatSayNothingAreTheLowestTier() {
        var tracker = QuotaTracker()
        #expect(tracker.place(gain: 1, shares: [], draw: 0) == 0)
        #expect(tracker.place(gain: 1, shares: [0, 0], draw: 0) == 0)
        #expect(tracker.place(gain: 1, shares: [1], draw: 0) == 0)
        #expect(tracker.place(gain: .infinity, shares: [0.5, 0.5], draw: 0.5) == 1)
    }
}
