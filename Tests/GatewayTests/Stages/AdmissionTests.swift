import Domain
import Reactor
import Routing
import Synchronization
import Testing

@testable import Gateway

/// Slots are given out by priority and in order, to a bounded queue, and none is lost.
@Suite struct AdmissionTests {
    @Test func theFirstModelWithAFreeSlotIsTaken() async throws {
        try await onLoop(slots: [1, 1]) { admission, loop in
            let taken = [try await admission.take([1, 0], on: loop), try await admission.take([1, 0], on: loop)]
            #expect(taken == [1, 0])
            #expect(!admission.tryAcquire(0) && !admission.tryAcquire(1))
            admission.release(1)
            #expect(admission.tryAcquire(1))
        }
    }

    @Test func higherPriorityGoesFirstAndEqualsInTheirOrder() async throws {
        try await onLoop(slots: [1]) { admission, loop in
            let order = Names()
            #expect(admission.tryAcquire(0))
            try await withThrowingDiscardingTaskGroup { group in
                for (depth, (name, priority)) in [("a", 0), ("b", 0), ("c", 5), ("d", -5), ("e", 5)].enumerated() {
                    group.addTask(executorPreference: loop) {
                        let index = try await admission.take([0], priority: priority, on: loop)
                        order.append(name)
                        admission.release(index)
                    }
                    try await admission.wait(forDepth: depth + 1, on: loop)
                }
                admission.release(0)
            }
            #expect(order.all == ["c", "e", "a", "b", "d"])
            #expect(admission.depth == 0)
        }
    }

    @Test func aFullQueueRefusesAtOnce() async throws {
        try await onLoop(slots: [1], queueMax: 1) { admission, loop in
            #expect(admission.tryAcquire(0))
            let waiting = Task(executorPreference: loop) { try await admission.take([0], on: loop) }
            try await admission.wait(forDepth: 1, on: loop)
            await #expect(throws: Admission.Refusal.queueFull) { try await admission.take([0], on: loop) }
            admission.release(0)
            #expect(try await waiting.value == 0)
        }
    }

    @Test func nobodyWaitsBeyondTheDeadline() async throws {
        try await onLoop(slots: [1]) { admission, loop in
            #expect(admission.tryAcquire(0))
            await #expect(throws: Admission.Refusal.timedOut) {
                try await admission.take([0], for: .milliseconds(30), on: loop)
            }
            #expect(admission.depth == 0)
            admission.release(0)
            #expect(admission.tryAcquire(0), "the slot was not given to somebody who had left")
        }
    }

    @Test func aClientThatLeavesLeavesTheQueue() async throws {
        try await onLoop(slots: [1]) { admission, loop in
            #expect(admission.tryAcquire(0))
            let waiting = Task(executorPreference: loop) { try await admission.take([0], on: loop) }
            try await admission.wait(forDepth: 1, on: loop)
            waiting.cancel()
            await #expect(throws: Admission.Refusal.cancelled) { try await waiting.value }
            #expect(admission.depth == 0)
        }
    }

    /// The slot was offered to one whose client left in the same turn of the loop: it is the next one's.
    @Test func aSlotOfferedToOneWhoLeavesGoesToTheNext() async throws {
        try await onLoop(slots: [1]) { admission, loop in
            #expect(admission.tryAcquire(0))
            let first = Task(executorPreference: loop) { try await admission.take([0], on: loop) }
            try await admission.wait(forDepth: 1, on: loop)
            let second = Task(executorPreference: loop) {
                try await admission.take([0], for: .milliseconds(500), on: loop)
            }
            try await admission.wait(forDepth: 2, on: loop)
            first.cancel()
            admission.release(0)
            await #expect(throws: Admission.Refusal.cancelled) { try await first.value }
            #expect(try await second.value == 0)
        }
    }

    /// Two slots come free in one turn: whoever was woken for the one and takes the other leaves the one to the next.
    @Test func aSlotOfferedToOneWhoTakesAnotherGoesToTheNext() async throws {
        try await onLoop(slots: [1, 1]) { admission, loop in
            #expect(admission.tryAcquire(0) && admission.tryAcquire(1))
            let either = Task(executorPreference: loop) { try await admission.take([0, 1], on: loop) }
            try await admission.wait(forDepth: 1, on: loop)
            let other = Task(executorPreference: loop) {
                try await admission.take([1], for: .milliseconds(500), on: loop)
            }
            try await admission.wait(forDepth: 2, on: loop)
            admission.release(1)
            admission.release(0)
            #expect(try await either.value == 0)
            #expect(try await other.value == 1)
        }
    }

    // MARK: Reload

    /// The catalogue is another one, and so are the models' places in it.
    @Test func whoWaitsThroughAReloadGetsASlotThatIsReleasedAfterIt() async throws {
        try await onLoop(slots: [1, 1]) { old, loop in
            #expect(old.tryAcquire(0) && old.tryAcquire(1))
            let new = try Self.reload(old, ["m1": 1, "new": 1, "m0": 1])
            let before = Task(executorPreference: loop) { try await old.take([0], for: .seconds(20), on: loop) }
            try await new.wait(forDepth: 1, on: loop)
            let after = Task(executorPreference: loop) { try await new.take([0], for: .seconds(20), on: loop) }
            try await old.wait(forDepth: 2, on: loop)
            new.release(2)
            #expect(try await before.value == 0)
            old.release(1)
            #expect(try await after.value == 0)
            #expect(new.tryAcquire(1) && !new.tryAcquire(0) && !new.tryAcquire(2))
        }
    }

    @Test func whoWaitsGetsTheSlotsThatAReloadAdds() async throws {
        try await onLoop(slots: [1]) { old, loop in
            #expect(old.tryAcquire(0))
            let waiting = (0..<3).map { _ in
                Task(executorPreference: loop) { try await old.take([0], for: .seconds(20), on: loop) }
            }
            try await old.wait(forDepth: 3, on: loop)
            let new = try Self.reload(old, ["m0": 3])
            new.offerFreeSlots()
            #expect(try await eventually { new.fleet.freeSlots(0) == 0 })
            #expect(new.depth == 1)
            new.release(0)
            for task in waiting { #expect(try await task.value == 0) }
        }
    }

    @Test func aReloadSetsTheQueuesLimit() async throws {
        try await onLoop(slots: [1], queueMax: 0) { old, loop in
            #expect(old.tryAcquire(0))
            await #expect(throws: Admission.Refusal.queueFull) { try await old.take([0], on: loop) }
            let new = try Self.reload(old, ["m0": 1])
            let waiting = Task(executorPreference: loop) { try await new.take([0], for: .seconds(20), on: loop) }
            try await new.wait(forDepth: 1, on: loop)
            old.release(0)
            #expect(try await waiting.value == 0)
        }
    }

    /// vllm-project/router#215: a counter that leaks a few slots a day, until nothing is sent any more.
    @Test(arguments: 0..<4)
    func whateverHappensEverySlotIsFreeAfterwards(seed: UInt64) async throws {
        try await onLoop(slots: [2, 1]) { admission, loop in
            let other = try EventLoop(name: "other")
            defer { other.stop() }
            await withDiscardingTaskGroup { group in
                for number in 0..<120 {
                    let loop = number.isMultiple(of: 2) ? loop : other
                    var generator = SeededGenerator(seed: seed &* 1000 &+ UInt64(number))
                    let pause = Duration.microseconds(.random(in: 0...3000, using: &generator))
                    let patience = Duration.milliseconds(.random(in: 0...40, using: &generator))
                    let indices = [[0], [1], [0, 1], [1, 0]][.random(in: 0..<4, using: &generator)]
                    let isCancelled = number.isMultiple(of: 7)
                    let task = Task(executorPreference: loop) {
                        let index = try await admission.take(indices, for: patience, on: loop)
                        defer { admission.release(index) }
                        try await loop.sleep(until: Instant.now.advanced(by: pause))
                    }
                    group.addTask {
                        if isCancelled { task.cancel() }
                        _ = await task.result
                    }
                }
            }
            #expect(admission.depth == 0)
            #expect([0, 0, 1].allSatisfy(admission.tryAcquire))
            #expect(!admission.tryAcquire(0) && !admission.tryAcquire(1))
        }
    }

    /// Names in the order in which they were put in.
    private final class Names: Sendable {
        private let names = Mutex<[String]>([])

        var all: [String] { names.withLock { $0 } }

        func append(_ name: String) { names.withLock { $0.append(name) } }
    }

    /// Runs `body` on a loop, with the admission to models that have so many `slots` each.
    private func onLoop(
        slots: [Int],
        queueMax: Int = 1000,
        _ body: @escaping @Sendable (Admission, EventLoop) async throws -> Void
    ) async throws {
        let fleet = Fleet(catalogue: try Self.catalogue(slots.enumerated().map { ("m\($0)", $1) }))
        let loop = try EventLoop(name: "admission")
        defer { loop.stop() }
        try await Task(executorPreference: loop) {
            try await body(Admission(fleet: fleet, queueMax: queueMax, replacing: nil), loop)
        }.value
    }

    /// What comes after `old` with a catalogue of models that have so many `slots`.
    private static func reload(_ old: Admission, _ slots: KeyValuePairs<String, Int>) throws -> Admission {
        let catalogue = try catalogue(slots.map { ($0.key, $0.value) })
        return Admission(fleet: .inheriting(old.fleet, catalogue: catalogue), queueMax: 1000, replacing: old)
    }

    private static func catalogue(_ slots: [(id: String, count: Int)]) throws -> Catalogue {
        try Policy.test(slots.map { entry($0.id, "concurrency_max: \($0.count)") }).catalogue
    }
}

extension Admission {
    fileprivate func take(
        _ indices: [Int],
        priority: Int = 0,
        for patience: Duration = .seconds(30),
        on loop: EventLoop
    ) async throws(Refusal) -> Int {
        try await acquire(
            anyOf: indices,
            flow: .anonymous,
            priority: priority,
            until: Instant.now.advanced(by: patience),
            on: loop
        )
    }

    /// Waits until so many requests wait, at most half a minute.
    fileprivate func wait(forDepth depth: Int, on loop: EventLoop) async throws {
        for _ in 0..<30_000 where self.depth != depth {
            try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(1)))
        }
        try #require(self.depth == depth)
    }
}
