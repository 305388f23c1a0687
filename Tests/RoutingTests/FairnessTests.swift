import Domain
import Testing

@testable import Routing

@Suite struct FairnessTests {
    private func flow(_ number: Int, weight: Double = 1) -> SlotQueue.Flow {
        SlotQueue.Flow(key: KeyID(rawValue: "k\(number)"), weight: weight)
    }

    /// However many wait of other keys and whatever was served before, a key's only request waits for one of each.
    @Test(arguments: 0..<100 as Range<UInt64>)
    func aSingleRequestWaitsForOneServiceOfEachOtherKey(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = SlotQueue(capacity: 10_000)
        var id: UInt64 = 0
        func enqueue(_ flow: SlotQueue.Flow) -> UInt64 {
            id += 1
            _ = queue.enqueue(id: id, flow: flow, priority: 0, deadline: .max, models: [0])
            return id
        }
        for _ in 0..<30 {
            let others = Int.random(in: 1...6, using: &generator)
            for _ in 0..<Int.random(in: 1...80, using: &generator) {
                _ = enqueue(flow(Int.random(in: 1...others, using: &generator)))
            }
            for _ in 0..<Int.random(in: 0...60, using: &generator) { _ = queue.next(for: 0, now: 0) }
            let single = enqueue(flow(0))
            var waited = 0
            while queue.next(for: 0, now: 0).next != single { waited += 1 }
            #expect(waited <= 6)
        }
    }

    @Test func keysThatAllWaitAreServedByTheirWeights() {
        var queue = SlotQueue(capacity: 10_000)
        for id in 0..<3000 as Range<UInt64> {
            let place = Int(id % 3)
            let weight = [1, 2, 5][place]
            _ = queue.enqueue(
                id: id,
                flow: flow(place, weight: Double(weight)),
                priority: 0,
                deadline: .max,
                models: [0]
            )
        }
        var served = [0, 0, 0]
        for turn in 1...1600 {
            if let id = queue.next(for: 0, now: 0).next { served[Int(id % 3)] += 1 }
            for (count, share) in zip(served, [1.0, 2, 5]) {
                #expect(abs(Double(count) - Double(turn) * share / 8) <= 2)
            }
        }
    }

    /// A request of higher priority goes first, whoever's it is; within a key age decides.
    @Test func priorityComesBeforeFairnessAndAgeAfter() {
        var queue = SlotQueue(capacity: 10)
        for (id, key, priority) in [(1, 1, 0), (2, 1, 0), (3, 2, 0), (4, 1, 5), (5, 1, 5)] as [(UInt64, Int, Int)] {
            _ = queue.enqueue(id: id, flow: flow(key), priority: priority, deadline: .max, models: [0])
        }
        let served = (0..<6).map { _ in queue.next(for: 0, now: 0).next }
        #expect(served == [4, 5, 1, 3, 2, nil])
    }

    /// Requests that were taken out before they were served cost their key nothing.
    @Test func whoGoesAwayIsNotCharged() {
        var queue = SlotQueue(capacity: 100)
        for id in 1...20 as ClosedRange<UInt64> {
            _ = queue.enqueue(id: id, flow: flow(1), priority: 0, deadline: .max, models: [0])
            _ = queue.enqueue(id: 100 + id, flow: flow(2), priority: 0, deadline: .max, models: [0])
        }
        for id in 1...19 as ClosedRange<UInt64> { #expect(queue.remove(id: id) == true) }
        #expect(queue.next(for: 0, now: 0).next == 20)
    }

    /// A key that comes back each time that it was served gets no more than its turn.
    @Test func comingBackIsNoWayToBeFirst() {
        var queue = SlotQueue(capacity: 1000)
        for id in 0..<100 as Range<UInt64> {
            _ = queue.enqueue(id: id, flow: flow(1), priority: 0, deadline: .max, models: [0])
        }
        var served = 0
        for id in 1000..<1100 as Range<UInt64> {
            if served == 0 || queue.count < 101 {
                _ = queue.enqueue(id: id, flow: flow(2), priority: 0, deadline: .max, models: [0])
            }
            if let next = queue.next(for: 0, now: 0).next, next >= 1000 { served += 1 }
        }
        #expect((48...52).contains(served))
    }

    @Test func whoWaitsForAnotherModelHoldsNobodyUp() {
        var queue = SlotQueue(capacity: 100)
        _ = queue.enqueue(id: 1, flow: flow(1), priority: 0, deadline: .max, models: [1])
        for id in 10..<20 as Range<UInt64> {
            _ = queue.enqueue(id: id, flow: flow(2), priority: 0, deadline: .max, models: [0])
        }
        for _ in 0..<5 { #expect(queue.next(for: 0, now: 0).next != 1) }
        _ = queue.enqueue(id: 2, flow: flow(3), priority: 0, deadline: .max, models: [0])
        // One of key 2 may come before it.
        let served = (0..<2).map { _ in queue.next(for: 0, now: 0).next }
        #expect(served.contains(2))
        #expect(queue.next(for: 1, now: 0).next == 1)
    }
}
