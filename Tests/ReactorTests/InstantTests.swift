import Domain
import Reactor
import Testing

@Suite struct InstantTests {
    @Test func instantsAreAsFarApartAsTheyWereMoved() {
        var generator = SeededGenerator(seed: 2)
        for bits in 1...61 {
            let start = Instant(nanoseconds: 1 << 62)
            let offset = Int64.random(in: -(1 << bits)...(1 << bits), using: &generator)
            #expect(start.duration(to: start.advanced(by: .nanoseconds(offset))) == .nanoseconds(offset))
        }
        #expect(Instant.never.advanced(by: .seconds(1)) == .never)
        #expect(Instant(nanoseconds: 5).advanced(by: .nanoseconds(-6)) == Instant(nanoseconds: 0))
    }
}
