import Accounting
import Domain
import Testing

@Suite struct PowerMeterTests {
    /// Sum over requests + active so far + unallocated = the integral of the power, which the test does on its own.
    @Test(arguments: 0..<100)
    func partsAddUpToTheWhole(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let spread = [Duration.zero, .milliseconds(1), .seconds(10), .seconds(3600)][seed % 4]
        var meter = PowerMeter(watts: 300, idleSpread: spread, now: .zero)
        var (now, watts, whole, paid) = (0.0, 300.0, 0.0, 0.0)
        var active: [PowerMeter.Share] = []
        for _ in 0..<2000 {
            let step = Double.random(in: 0...20, using: &generator) * (Bool.random(using: &generator) ? 1 : 1e-4)
            now += step
            whole += watts * step
            let instant = Duration.seconds(now)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                active.append(meter.start(weight: .random(in: 0.01...100, using: &generator), at: instant))
            case 2, 3:
                guard !active.isEmpty else { continue }
                let share = active.remove(at: .random(in: active.indices, using: &generator))
                paid += meter.finish(share, at: instant)
            default:
                watts = Double.random(in: 0...5600, using: &generator)
                meter.setPower(watts: watts, at: instant)
            }
        }
        meter.advance(to: .seconds(now))
        #expect(abs(meter.total / whole - 1) < 1e-9)
        #expect(abs((paid + meter.accrued + meter.unallocated) / whole - 1) < 1e-9)
        #expect(abs(meter.finished - paid) <= 1e-9 * whole)
    }

    /// 100 W: 10 s alone, 10 s with another of three times the weight, 10 s the other alone.
    @Test func sharesInProportionToWeight() {
        var meter = PowerMeter(watts: 100, idleSpread: .zero, now: .zero)
        let first = meter.start(weight: 1, at: .zero)
        let second = meter.start(weight: 3, at: .seconds(10))
        #expect(abs(meter.finish(first, at: .seconds(20)) - (1000 + 250)) < 1e-9)
        #expect(abs(meter.finish(second, at: .seconds(30)) - (750 + 1000)) < 1e-9)
        #expect(meter.unallocated == 0)
    }

    /// 100 W idle for 10 s; paid off evenly over 20 s of activity, of which there are 5.
    @Test func spreadsIdleTimeOverTheActivityThatFollows() {
        var meter = PowerMeter(watts: 100, idleSpread: .seconds(20), now: .zero)
        let share = meter.start(at: .seconds(10))
        #expect(abs(meter.finish(share, at: .seconds(15)) - (500 + 250)) < 1e-9)
        #expect(abs(meter.unallocated - 750) < 1e-9)
        #expect(meter.total == 1500)
    }

    @Test func leavesIdleTimeUnallocatedWhereItIsNotSpread() {
        var meter = PowerMeter(watts: 50, idleSpread: .zero, now: .zero)
        let share = meter.start(at: .seconds(10))
        #expect(meter.finish(share, at: .seconds(12)) == 100)
        #expect(meter.unallocated == 500)
    }

    /// A million requests without a pause: nothing of a request is lost in the sum of the others.
    @Test func keepsItsPrecisionUnderLastingLoad() {
        var meter = PowerMeter(watts: 5600, idleSpread: .zero, now: .zero)
        _ = meter.start(weight: 0.3, at: .zero)
        var (instant, sum) = (Duration.zero, 0.0)
        for _ in 0..<100_000 {
            let share = meter.start(weight: 0.1, at: instant)
            instant += .milliseconds(10)
            let joules = meter.finish(share, at: instant)
            #expect(abs(joules / 14 - 1) < 1e-9)
            sum += joules
        }
        #expect(abs((sum + meter.accrued) / meter.total - 1) < 1e-9)
    }

    @Test func takesWhatMakesNoSense() {
        var meter = PowerMeter(watts: -.infinity, idleSpread: .seconds(-1), now: .seconds(5))
        let share = meter.start(weight: .nan, at: .zero)
        meter.setPower(watts: .nan, at: .seconds(6))
        meter.setPower(watts: 100, at: .seconds(6))
        #expect(meter.finish(share, at: .seconds(7)) == 100)
        #expect(meter.finish(share, at: .seconds(9)) == 0)
        #expect(meter.total == 300)
        #expect(meter.unallocated == 200)
    }
}
