import Domain
import Testing

@Suite struct DurationTests {
    /// On both sides of where the division of 128 bits begins, and at the ends of the range.
    @Test func aDurationIsItsNanoseconds() {
        var generator = SeededGenerator(seed: 1)
        for bits in 1...62 {
            for _ in 0..<50 {
                let value = Int64.random(in: -(1 << bits)...(1 << bits), using: &generator)
                #expect(Duration.nanoseconds(value).nanoseconds == value)
            }
        }
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        #expect(Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999).nanoseconds == 1)
        #expect(Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999).nanoseconds == -1)
    }
}
