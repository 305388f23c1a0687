import Domain
import Testing

@testable import Routing

@Suite struct SlotQueueTests {
    @Test func servesPriorityThenAge() {
        var queue = SlotQueue(capacity: 10)
        for (id, priority) in [(1, 0), (2, 5), (3, 0), (4, 5), (5, -1)] as [(UInt64, Int)] {
            #expect(
                queue.enqueue(id: id, flow: .anonymous, priority: priority, deadline: .max, models: [0]) == .accepted
            )
        }
        let served = (0..<6).map { _ in queue.next(for: 0, now: 0).next }
        #expect(served == [2, 4, 1, 3, 5, nil])
    }

    @Test func refusesWhenFull() {
        var queue = SlotQueue(capacity: 1)
        #expect(queue.enqueue(id: 1, flow: .anonymous, priority: 0, deadline: .max, models: [0]) == .accepted)
        #expect(queue.enqueue(id: 2, flow: .anonymous, priority: 9, deadline: .max, models: [0]) == .refused)
        #expect(queue.remove(id: 1) == true)
        #expect(queue.remove(id: 1) == false)
        #expect(queue.enqueue(id: 2, flow: .anonymous, priority: 9, deadline: .max, models: [0]) == .accepted)
    }

    @Test func aSlotGoesToOneWhoCanUseIt() {
        var queue = SlotQueue(capacity: 10)
        _ = queue.enqueue(id: 1, flow: .anonymous, priority: 9, deadline: .max, models: [0])
        _ = queue.enqueue(id: 2, flow: .anonymous, priority: 0, deadline: .max, models: [0, 1])
        #expect(queue.next(for: 1, now: 0).next == 2)
        #expect(queue.next(for: 1, now: 0).next == nil)
        #expect(queue.next(for: 0, now: 0).next == 1)
    }

    @Test func theExpiredAreNamedAndNeverServed() {
        var queue = SlotQueue(capacity: 10)
        _ = queue.enqueue(id: 1, flow: .anonymous, priority: 2, deadline: 10, models: [0])
        _ = queue.enqueue(id: 2, flow: .anonymous, priority: 1, deadline: 11, models: [0])
        _ = queue.enqueue(id: 3, flow: .anonymous, priority: 0, deadline: 9, models: [0])
        #expect(queue.next(for: 0, now: 10) == SlotQueue.Release(next: 2, expired: [1]))
        #expect(queue.expire(now: 8).isEmpty)
        #expect(queue.expire(now: 9) == [3])
        #expect(queue.count == 0)
    }

    /// Every waiter leaves exactly once: served, expired or removed; and in the order that a full sort gives.
    @Test(arguments: 0..<100)
    func agreesWithASortedList(seed: UInt64) {
        struct Waiter {
            let id: UInt64
            let priority: Int
            let deadline: UInt64
            let models: [Int]
        }
        var generator = SeededGenerator(seed: seed)
        var queue = SlotQueue(capacity: 8)
        var waiting: [Waiter] = []
        for now in 0..<UInt64(200) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0...2:
                let waiter = Waiter(
                    id: now,
                    priority: Int.random(in: 0..<3, using: &generator),
                    deadline: now + UInt64.random(in: 0..<30, using: &generator),
                    models: Int.random(in: 0..<3, using: &generator) == 0 ? [0, 1] : [Int(now % 2)]
                )
                let admission = queue.enqueue(
                    id: waiter.id,
                    flow: .anonymous,
                    priority: waiter.priority,
                    deadline: waiter.deadline,
                    models: waiter.models
                )
                #expect(admission == (waiting.count < 8 ? .accepted : .refused))
                if admission == .accepted { waiting.append(waiter) }
            case 3:
                let model = Int.random(in: 0..<2, using: &generator)
                let order = waiting.sorted { ($0.priority, $1.id) > ($1.priority, $0.id) }
                let next = order.first { $0.deadline > now && $0.models.contains(model) }
                let release = queue.next(for: model, now: now)
                #expect(release.next == next?.id)
                let ahead = order.prefix { $0.id != next?.id }
                #expect(release.expired == ahead.filter { $0.deadline <= now }.map(\.id))
                waiting.removeAll { $0.id == next?.id || release.expired.contains($0.id) }
            default:
                let id = waiting.randomElement(using: &generator)?.id ?? .max
                #expect(queue.remove(id: id) == waiting.contains { $0.id == id })
                waiting.removeAll { $0.id == id }
            }
            #expect(queue.count == waiting.count)
        }
    }
}
