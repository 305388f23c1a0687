import Domain
import Testing

@testable import Routing

@Suite struct RollingWindowTests {
    /// The running sums equal the sums worked out anew over the last samples, at every step.
    @Test(arguments: 0..<50)
    func sumsEqualRecomputation(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var window = RollingWindow(capacity: Int.random(in: 1...12, using: &generator))
        var all: [RollingWindow.Sample] = []
        for _ in 0..<60 {
            if Int.random(in: 0..<15, using: &generator) == 0 {
                all = Array(all.suffix(window.capacity))
                window = window.resized(to: Int.random(in: 1...12, using: &generator))
            }
            let sample = RollingWindow.Sample(
                latency: Int64.random(in: 0...1000, using: &generator),
                cost: Int64.random(in: 0...1000, using: &generator),
                isSuccess: Bool.random(using: &generator),
                isTimed: Bool.random(using: &generator)
            )
            window.insert(sample)
            all = Array((all.suffix(window.capacity) + [sample]).suffix(window.capacity))
            #expect(window.sums == sums(of: all))
        }
    }

    private func sums(of samples: [RollingWindow.Sample]) -> RollingWindow.Sums {
        var sums = RollingWindow.Sums()
        sums.samples = samples.count
        sums.successes = samples.count { $0.isSuccess }
        sums.timed = samples.count { $0.isTimed }
        sums.latency = samples.filter(\.isTimed).map(\.latency).reduce(0, +)
        sums.cost = samples.map(\.cost).reduce(0, +)
        return sums
    }
}
