import Glibc
import Testing

@testable import Reactor

@Suite("Waiter") struct WaiterTests {
    let loop: EventLoop

    init() throws { loop = try EventLoop(name: "waiters") }

    @Test func endsAtItsDeadline() async {
        let loop = loop
        let start = Instant.now
        let reason = await Task(executorPreference: loop) {
            await Waiter(on: loop).wait(until: start.advanced(by: .milliseconds(30)))
        }.value
        #expect(reason == .timedOut)
        #expect(start.duration(to: .now) >= .milliseconds(30))
    }

    @Test func endsWhenItsTaskIsCancelledFromAnotherThread() async throws {
        let loop = loop
        for index in 0..<200 {
            let task = Task(executorPreference: loop) { await Waiter(on: loop).wait(until: .never) }
            if index.isMultiple(of: 2) { try await Task.sleep(for: .microseconds(50)) }
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test func endsAtOnceInATaskThatIsCancelledAlready() async {
        let loop = loop
        let reason = await Task(executorPreference: loop) {
            withUnsafeCurrentTask { $0?.cancel() }
            return await Waiter(on: loop).wait(until: .never)
        }.value
        #expect(reason == .cancelled)
    }

    /// Whoever looks, finds nothing and waits must not miss what happens in between: nothing may.
    @Test func letsNobodyInBetweenALookAndTheWait() async {
        let loop = loop
        let wasWaiting = await Task(executorPreference: loop) {
            let waiter = LoopBound(Waiter(on: loop), to: loop)
            let other = Task(executorPreference: loop) {
                defer { waiter.value.end(.ready) }
                return waiter.value.isWaiting
            }
            _ = await waiter.value.wait(until: .patience)
            return await other.value
        }.value
        #expect(wasWaiting)
    }

    @Test func resumesInTheTurnOfItsEvent() async {
        let loop = loop
        let turns = await Task(executorPreference: loop) {
            let waiter = Waiter(on: loop)
            let bound = LoopBound(waiter, to: loop)
            let turn = Task(executorPreference: loop) {
                _ = await bound.value.wait(until: .never)
                return loop.now
            }
            await Task.yield()
            while !waiter.isWaiting { await Task.yield() }
            let now = loop.now
            waiter.end(.ready)
            return (now, await turn.value)
        }.value
        #expect(turns.0 == turns.1)
    }

    @Test func leavesALaterTaskAloneWhenAnEarlierOneIsCancelledLate() async {
        let loop = loop
        let reason = await Task(executorPreference: loop) {
            let waiter = LoopBound(Waiter(on: loop), to: loop)
            for _ in 0..<100 {
                let first = Task(executorPreference: loop) { await waiter.value.wait(until: .never) }
                while !waiter.value.isWaiting { await Task.yield() }
                // The cancellation comes from another thread and needs a turn; meanwhile the wait ends and another begins.
                let isCancelled = Shared(false)
                Task.detached {
                    first.cancel()
                    isCancelled.update { $0 = true }
                }
                while !isCancelled.value { sched_yield() }
                waiter.value.end(.ready)
                _ = await first.value
                let reason = await waiter.value.wait(until: Instant.now.advanced(by: .milliseconds(2)))
                if reason != .timedOut { return reason }
            }
            return .timedOut
        }.value
        #expect(reason == .timedOut)
    }
}
