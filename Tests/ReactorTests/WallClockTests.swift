import Foundation
import Reactor
import Testing

/// The clock as it is: simulating it changes the whole process, so that is tested by a gateway of its own.
@Suite struct WallClockTests {
    @Test func tellsTheTime() {
        #expect(WallClock.speed == 1)
        #expect(abs(Double(WallClock.unixMilliseconds) / 1000 - Date().timeIntervalSince1970) < 60)
    }
}
