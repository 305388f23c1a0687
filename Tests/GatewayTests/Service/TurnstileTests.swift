import Synchronization
import Testing

@testable import Gateway

@Suite struct TurnstileTests {
    private struct Refusal: Error {}

    private final class Counts: Sendable {
        let inside = Atomic(0)
        let most = Atomic(0)
        let passed = Atomic(0)
    }

    /// Whoever is through is alone, and whoever waited gets through, after a failure too.
    @Test func oneAtATimeAndEverybodyInTheEnd() async {
        let turnstile = Turnstile()
        let counts = Counts()
        await withTaskGroup { group in
            for index in 0..<64 {
                group.addTask {
                    do {
                        try await turnstile.pass { () async throws(Refusal) in
                            let count = counts.inside.add(1, ordering: .relaxed).newValue
                            if count > counts.most.load(ordering: .relaxed) {
                                counts.most.store(count, ordering: .relaxed)
                            }
                            await Task.yield()
                            counts.inside.subtract(1, ordering: .relaxed)
                            if index.isMultiple(of: 7) { throw Refusal() }
                        }
                    } catch {}
                    counts.passed.add(1, ordering: .relaxed)
                }
            }
        }
        #expect((counts.most.load(ordering: .relaxed), counts.passed.load(ordering: .relaxed)) == (1, 64))
    }
}
