import Domain
import Testing

@testable import Routing

@Suite struct OutlierDetectorTests {
    private let detector = OutlierDetector(factor: 3, shareMax: 0.34, samplesMin: 10)

    private func backend(
        _ recent: Int,
        usual: Int = 100,
        samples: Int = 50,
        away: Bool = false
    ) -> OutlierDetector.Backend {
        OutlierDetector.Backend(
            recent: .milliseconds(recent),
            usual: .milliseconds(usual),
            samples: samples,
            isAvailable: !away
        )
    }

    @Test func ejectsTheOneThatHasBecomeSlow() {
        #expect(detector.outliers(among: [backend(100), backend(400), backend(110)]) == [1])
        #expect(detector.outliers(among: [backend(100), backend(290), backend(110)]).isEmpty)
    }

    /// A large model takes five times as long as a small one, as it always has.
    @Test func doesNotBlameAModelForItsNature() {
        #expect(detector.outliers(among: [backend(100), backend(500, usual: 500), backend(110)]).isEmpty)
    }

    @Test func ejectsNobodyWhereAllHaveBecomeSlow() {
        #expect(detector.outliers(among: [backend(900), backend(1000), backend(1100)]).isEmpty)
    }

    @Test func neverEjectsTheLastOne() {
        #expect(detector.outliers(among: [backend(9000)]).isEmpty)
        #expect(detector.outliers(among: [backend(9000), backend(100, away: true)]).isEmpty)
    }

    @Test func judgesNobodyByAFewSamples() {
        #expect(detector.outliers(among: [backend(100), backend(900, samples: 9), backend(100)]).isEmpty)
    }

    /// Whatever the fleet: the share is kept, one is left, and only what is available and slow goes.
    @Test(arguments: 0..<500 as Range<UInt64>)
    func keepsTheShareAndLeavesOne(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let detector = OutlierDetector(factor: 2, shareMax: .random(in: 0...1, using: &generator), samplesMin: 5)
        let backends = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
            backend(
                .random(in: 1...2000, using: &generator),
                usual: .random(in: 0...500, using: &generator),
                samples: .random(in: 0...20, using: &generator),
                away: .random(in: 0..<4, using: &generator) == 0
            )
        }
        let out = detector.outliers(among: backends)
        let away = backends.count { !$0.isAvailable }
        #expect(Set(out).count == out.count)
        #expect(out.isEmpty || away + out.count <= max(Int(detector.shareMax * Double(backends.count)), 1))
        #expect(out.isEmpty || away + out.count < backends.count)
        for place in out { #expect(backends[place].isAvailable && backends[place].samples >= 5) }
    }
}
