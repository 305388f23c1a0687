import Domain
import Testing

@testable import Reactor

@Suite("TimerQueue") struct TimerTests {
    let loop: EventLoop

    init() throws { loop = try EventLoop(name: "timers") }

    /// Random arms, moves, stops and turns against a plain list.
    @Test(arguments: 0..<30) func firesLikeAPlainListOfInstants(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = TimerQueue()
        let isLarge = seed % 10 == 0  // many timers bring compactions
        let count = isLarge ? 3000 : 20
        var fired: [Int] = []
        let timers = (0..<count).map { index in Timer(on: loop) { fired.append(index) } }
        var model = [UInt64?](repeating: nil, count: count)
        var now: UInt64 = 0
        for step in 0..<(isLarge ? 8000 : 2000) {
            let index = Int(random.next() % UInt64(count))
            switch random.next() % 8 {
            case 0...3:
                let instant = now + random.next() % 1000
                queue.arm(timers[index], at: Instant(nanoseconds: instant))
                model[index] = instant
            case 4, 5:
                timers[index].disarm()
                model[index] = nil
            default:
                guard !isLarge || random.next() % 32 == 0 else { continue }
                now += random.next() % 200
                fired = []
                for timer in queue.popDue(now: Instant(nanoseconds: now)) { timer.fire(now: Instant(nanoseconds: now)) }
                let expected = model.indices.filter { model[$0].map { $0 <= now } ?? false }
                guard fired.sorted() == expected else {
                    Issue.record("fired \(fired.count) timers, not \(expected.count)")
                    return
                }
                for index in expected { model[index] = nil }
            }
            if !isLarge || step % 200 == 0, let next = model.compactMap(\.self).min() {
                guard let wake = queue.next, wake.nanoseconds <= next else {
                    Issue.record("the loop would sleep past a timer")
                    return
                }
            }
        }
    }

    @Test func doesNotFireATimerThatAnotherOneStoppedInTheSameTurn() {
        var queue = TimerQueue()
        var fired = 0
        let second = Timer(on: loop) { fired += 1 }
        let first = Timer(on: loop) { second.disarm() }
        queue.arm(first, at: Instant(nanoseconds: 1))
        queue.arm(second, at: Instant(nanoseconds: 2))
        for timer in queue.popDue(now: Instant(nanoseconds: 5)) { timer.fire(now: Instant(nanoseconds: 5)) }
        #expect(fired == 0)
    }

    @Test func firesATimerOnceThatIsMovedInTheSameTurn() {
        var queue = TimerQueue()
        var fired: [UInt64] = []
        var now = Instant(nanoseconds: 5)
        let second = Timer(on: loop) { fired.append(now.nanoseconds) }
        queue.arm(second, at: Instant(nanoseconds: 2))
        let due = queue.popDue(now: now)
        queue.arm(second, at: Instant(nanoseconds: 7))
        for timer in due { timer.fire(now: now) }
        #expect(fired == [])
        now = Instant(nanoseconds: 7)
        for timer in queue.popDue(now: now) { timer.fire(now: now) }
        #expect(fired == [7])
    }

    @Test func forgetsStoppedTimersLongBeforeTheirInstants() {
        var queue = TimerQueue()
        for index in 0..<100_000 {
            let timer = Timer(on: loop)
            queue.arm(timer, at: Instant(nanoseconds: 1_000_000 + UInt64(index)))
            timer.disarm()
        }
        #expect(queue.count <= 1024)
    }

    @Test func staysSmallWhileTimersMoveToAndFro() {
        var queue = TimerQueue()
        let timer = Timer(on: loop)
        for index in (0..<100_000).reversed() { queue.arm(timer, at: Instant(nanoseconds: 10 + UInt64(index))) }
        #expect(queue.count <= 1024)
        #expect(queue.popDue(now: Instant(nanoseconds: 10)).count == 1)
    }
}
