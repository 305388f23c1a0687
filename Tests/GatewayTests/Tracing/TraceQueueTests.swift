import Domain
import Ledger
import Testing

@testable import Gateway

@Suite struct TraceQueueTests {
    private func trace(_ number: UInt64) -> Trace {
        let id = RequestID(high: number << 16, low: 1)
        let row = RequestRow(id: id, tenant: TenantID(rawValue: "home"), endpoint: "chat")
        let entry = LedgerEntry(request: row, attempts: [])
        return Trace(context: TraceContext(beginningWith: id, share: 1), entry: entry, numbers: [])
    }

    @Test func dropsTheOldestWhereThereIsNoRoom() {
        let queue = TraceQueue()
        for number in 1...1100 { queue.add(trace(UInt64(number)), countMax: 1000) }
        #expect(queue.waiting + queue.counts.dropped == 1100)
        #expect(queue.waiting <= 1000)
        #expect(queue.take().first?.entry.request.id.unixMilliseconds == Int64(queue.counts.dropped) + 1)
    }

    @Test func keepsTheOrderOfWhatIsPutBack() {
        let queue = TraceQueue()
        for number in 1...3 { queue.add(trace(UInt64(number)), countMax: 10) }
        let taken = queue.take()
        queue.add(trace(4), countMax: 10)
        queue.putBack(taken)
        #expect(queue.take().map(\.entry.request.id.unixMilliseconds) == [1, 2, 3, 4])
        queue.settle(exported: 4)
        #expect(queue.counts == TraceQueue.Counts(exported: 4, dropped: 0))
    }

    @Test func aQueueOfOneKeepsTheLast() {
        let queue = TraceQueue()
        for number in 1...5 { queue.add(trace(UInt64(number)), countMax: 1) }
        #expect(queue.take().map(\.entry.request.id.unixMilliseconds) == [5])
        #expect(queue.counts.dropped == 4)
    }
}
