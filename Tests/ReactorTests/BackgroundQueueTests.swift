import Dispatch
import Testing

@testable import Reactor

/// Whoever waits for work of threads that stand back waits for a time, and not for what others have piled up.
@Suite("Background queue") struct BackgroundQueueTests {
    let loop: EventLoop

    init() throws { loop = try EventLoop(name: "background") }

    @Test func givesWhatTheWorkMakes() async {
        let queue = BackgroundQueue(countMax: 1)
        for number in 0..<50 { #expect(await value(of: queue, until: .patience) { number } == number) }
    }

    @Test func endsAtItsDeadlineThoughTheWorkGoesOn() async {
        let (queue, gate) = (BackgroundQueue(countMax: 2), DispatchSemaphore(value: 0))
        defer { gate.signal() }
        let soon = Instant.now.advanced(by: .milliseconds(20))
        #expect(await value(of: queue, until: soon) { gate.wait() } == nil)
        #expect(await value(of: queue, until: .patience) { true } == true, "the next is not held up by it")
    }

    @Test func refusesAtOnceWhereTooMuchWaits() async {
        let (queue, gate) = (BackgroundQueue(countMax: 1), DispatchSemaphore(value: 0))
        let soon = Instant.now.advanced(by: .milliseconds(20))
        #expect(await value(of: queue, until: soon) { gate.wait() } == nil)
        #expect(await value(of: queue, until: .never) { true } == nil, "the first takes up all room, wanted or not")
        gate.signal()
        while await value(of: queue, until: .patience, { true }) == nil { await Task.yield() }
    }

    @Test func endsWhenItsTaskIsCancelledUnlessThatDoesNotMatter() async {
        let gate = DispatchSemaphore(value: 0)
        for evenIfCancelled in [false, true] {
            let (loop, queue) = (loop, BackgroundQueue(countMax: 1))
            let value = await Task(executorPreference: loop) {
                withUnsafeCurrentTask { $0?.cancel() }
                return await queue.value(on: loop, until: .patience, evenIfCancelled: evenIfCancelled) {
                    if !evenIfCancelled { gate.wait() }
                    return true
                }
            }.value
            #expect(value == (evenIfCancelled ? true : nil))
            gate.signal()
        }
    }

    /// Threads that don't come to run leave behind nothing that is done later for nobody.
    @Test func doesNothingThatNobodyWaitsFor() async {
        let (gate, done) = (DispatchSemaphore(value: 0), Shared(0))
        let blockers = 64
        for _ in 0..<blockers { BackgroundThreads.run { gate.wait() } }
        let queue = BackgroundQueue(countMax: 8)
        for _ in 0..<4 {
            let soon = Instant.now.advanced(by: .milliseconds(5))
            #expect(await value(of: queue, until: soon) { done.update { $0 += 1 } } == nil)
        }
        for _ in 0..<blockers { gate.signal() }
        #expect(await value(of: queue, until: .patience) { true } == true)
        #expect(done.value == 0)
    }

    private func value<Value: Sendable>(
        of queue: BackgroundQueue,
        until deadline: Instant,
        _ body: @escaping @Sendable () -> Value
    ) async -> Value? {
        let loop = loop
        return await Task(executorPreference: loop) { await queue.value(on: loop, until: deadline, body) }.value
    }
}
