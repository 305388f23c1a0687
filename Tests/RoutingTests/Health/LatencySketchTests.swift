import Domain
import Testing

@testable import Routing

@Suite struct LatencySketchTests {
    /// Against the exact quantile of sorted samples, over seven orders of magnitude.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func quantilesAreWithinASixteenth(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var sketch = LatencySketch(capacity: 4096)
        var samples: [Int64] = []
        for _ in 0..<Int.random(in: 1...2000, using: &generator) {
            let exponent = Int64.random(in: 11...40, using: &generator)
            let sample = Int64.random(in: 1 << exponent...1 << (exponent + 1), using: &generator)
            samples.append(sample)
            sketch.insert(.nanoseconds(sample))
        }
        samples.sort()
        for share in [0, 0.01, 0.5, 0.9, 0.99, 1] {
            let rank = min(max(Int((share * Double(samples.count)).rounded(.up)), 1), samples.count)
            let exact = Double(samples[rank - 1])
            let found = Double(try #require(sketch.quantile(share)).nanoseconds)
            #expect(abs(found - exact) <= exact / 16 + 1, "a bucket is a sixteenth of what it begins with")
        }
    }

    @Test func tellsOfTheLatestSamplesAlone() {
        var sketch = LatencySketch(capacity: 100)
        for _ in 0..<1000 { sketch.insert(.seconds(10)) }
        for _ in 0..<120 { sketch.insert(.milliseconds(10)) }
        #expect((50...100).contains(sketch.count))
        #expect(sketch.quantile(1) ?? .zero < .milliseconds(11))
    }

    @Test func takesWhatLiesOutsideItsRange() {
        var sketch = LatencySketch()
        #expect(sketch.quantile(0.5) == nil)
        #expect(sketch.meanExcess(over: .zero) == nil)
        for duration in [Duration.zero, .seconds(-5), .nanoseconds(1), .seconds(Int64.max)] { sketch.insert(duration) }
        #expect(sketch.count == 4)
        #expect(sketch.quantile(1) ?? .zero > .seconds(3600))
    }

    /// Half take 1 s, half 9 s: after 2 s of silence 7 s are left.
    @Test func knowsHowMuchLongerALateOneTakes() throws {
        var sketch = LatencySketch()
        for _ in 0..<50 {
            sketch.insert(.seconds(1))
            sketch.insert(.seconds(9))
        }
        let rest = try #require(sketch.meanExcess(over: .seconds(2)))
        #expect(abs(rest / .seconds(1) - 7) < 0.6)
        #expect(sketch.meanExcess(over: .seconds(20)) == nil)
    }
}
