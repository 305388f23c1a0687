internal import Reactor
internal import Routing
internal import Synchronization

/// Gives out the models' slots, and lets requests wait for one: by priority, fair between keys, bounded, each with a
/// deadline.
///
/// A slot that is given back wakes the first in the queue that can use it, whichever loop that waits on. Slots and queue
/// are one for all policies: what is released under the one before a reload is taken under the one after it.
final class Admission: Sendable {
    /// Why nobody was let in.
    enum Refusal: Error {
        /// The queue is at its limit.
        case queueFull
        /// The deadline passed while waiting.
        case timedOut
        /// The client has gone.
        case cancelled
    }

    private struct Waiting {
        var line: SlotQueue
        var waiters: [UInt64: LoopBound<Waiter>] = [:]
        var nextID: UInt64 = 0
    }

    private final class Queue: Sendable {
        let waiting: Mutex<Waiting>

        init(capacity: Int) { waiting = Mutex(Waiting(line: SlotQueue(capacity: capacity))) }
    }

    let fleet: Fleet
    private let queue: Queue

    /// The admission to the models of `fleet`; requests that wait at `old` wait on, in the same queue.
    init(fleet: Fleet, queueMax: Int, replacing old: Admission?) {
        self.fleet = fleet
        queue = old?.queue ?? Queue(capacity: queueMax)
        queue.waiting.withLock { $0.line.capacity = queueMax }
    }

    /// How many requests wait.
    var depth: Int { queue.waiting.withLock { $0.line.count } }

    /// Takes a slot of `index` if one is free; give it back with ``release(_:)``, by `defer`.
    func tryAcquire(_ index: Int) -> Bool { fleet.acquire(index, now: Instant.now.nanoseconds) }

    /// Takes a slot of the first of `indices` that has one, waiting for it until `deadline`.
    func acquire(
        anyOf indices: [Int],
        flow: SlotQueue.Flow,
        priority: Int,
        until deadline: Instant,
        on loop: EventLoop
    ) async throws(Refusal) -> Int {
        while true {
            let waiter = Waiter(on: loop)
            let id = try enqueue(
                LoopBound(waiter, to: loop),
                for: indices,
                flow: flow,
                priority: priority,
                deadline: deadline
            )
            var reason = Waiter.Reason.ready
            // Only now, in the queue: a slot given back before would have woken nobody.
            var index = indices.first(where: tryAcquire)
            if index == nil {
                reason = await waiter.wait(until: deadline)
                if reason == .ready { index = indices.first(where: tryAcquire) }
            }
            if !leave(id) { passOn(indices) }
            if let index { return index }
            switch reason {
            // Somebody who came at that moment was faster: back into the queue.
            case .ready: break
            case .timedOut: throw .timedOut
            case .cancelled, .closed: throw .cancelled
            }
        }
    }

    /// Gives a slot of `index` back and wakes the first that waits for it.
    func release(_ index: Int) {
        fleet.release(index)
        // A model that has just come back has fewer slots than it gives back.
        if fleet.freeSlots(index, now: Instant.now.nanoseconds) > 0 { wakeNext(for: index) }
    }

    /// Wakes as many of those who wait as find a slot: after a reload that may have given models more of them, and every
    /// now and then, as a model that comes back gets more with time.
    func offerFreeSlots() {
        guard depth > 0 else { return }
        let now = Instant.now.nanoseconds
        for index in 0..<fleet.count {
            for _ in 0..<fleet.freeSlots(index, now: now) { guard wakeNext(for: index) else { break } }
        }
    }

    /// Wakes the first that waits for the model at `index`; false if nobody does.
    @discardableResult
    private func wakeNext(for index: Int) -> Bool {
        let next = queue.waiting.withLock { waiting -> LoopBound<Waiter>? in
            guard waiting.line.count > 0 else { return nil }
            let release = waiting.line.next(for: fleet.slotsNumber(index), now: Instant.now.nanoseconds)
            return release.next.flatMap { waiting.waiters.removeValue(forKey: $0) }
        }
        next?.run { $0.end(.ready) }
        return next != nil
    }

    private func enqueue(
        _ waiter: LoopBound<Waiter>,
        for indices: [Int],
        flow: SlotQueue.Flow,
        priority: Int,
        deadline: Instant
    ) throws(Refusal) -> UInt64 {
        let models = indices.map(fleet.slotsNumber)
        let id = queue.waiting.withLock { waiting -> UInt64? in
            waiting.nextID += 1
            let id = waiting.nextID
            let admission = waiting.line.enqueue(
                id: id,
                flow: flow,
                priority: priority,
                deadline: deadline.nanoseconds,
                models: models
            )
            guard admission == .accepted else { return nil }
            waiting.waiters[id] = waiter
            return id
        }
        guard let id else { throw .queueFull }
        return id
    }

    /// Leaves the queue; false if a slot that came free has been offered to `id` by then.
    private func leave(_ id: UInt64) -> Bool {
        queue.waiting.withLock { waiting in
            _ = waiting.line.remove(id: id)
            return waiting.waiters.removeValue(forKey: id) != nil
        }
    }

    /// Offers what is free of `indices` to others, once one that was woken for a slot has taken another or none.
    private func passOn(_ indices: [Int]) {
        let now = Instant.now.nanoseconds
        for index in indices where fleet.freeSlots(index, now: now) > 0 { wakeNext(for: index) }
    }
}
