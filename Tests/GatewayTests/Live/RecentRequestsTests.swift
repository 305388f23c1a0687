import Domain
import Ledger
import Testing

@testable import Gateway

@Suite struct RecentRequestsTests {
    private func note(_ count: Int, in requests: RecentRequests, from first: Int = 0) {
        var generator = SystemRandomNumberGenerator()
        for number in first..<first + count {
            let id = RequestID(unixMilliseconds: Int64(number), using: &generator)
            requests.note(RequestRow(id: id, tenant: TenantID(rawValue: "home"), endpoint: "chat"))
        }
    }

    @Test func keepsNothingWhileNobodyWatches() {
        let requests = RecentRequests()
        note(3, in: requests)
        #expect(requests.news(since: 0).rows.isEmpty)
        #expect(requests.place == 0)
    }

    @Test func tellsEachWatcherWhatIsNew() throws {
        let requests = RecentRequests()
        let watch = try #require(requests.watch(countMax: 1))
        note(3, in: requests)
        let first = requests.news(since: 0)
        #expect(first.rows.map(\.id.unixMilliseconds) == [0, 1, 2])
        #expect(requests.news(since: first.place).rows.isEmpty)
        note(2, in: requests, from: 3)
        #expect(requests.news(since: first.place).rows.map(\.id.unixMilliseconds) == [3, 4])
        withExtendedLifetime(watch) {}
    }

    /// Whatever comes between two looks, the latest are told in their order, and how many are not.
    @Test(arguments: [49, 50, 51, 99, 100, 101, 173])
    func keepsTheLatest(count: Int) throws {
        let requests = RecentRequests()
        let watch = try #require(requests.watch(countMax: 1))
        note(count, in: requests)
        let news = requests.news(since: 0)
        let kept = min(count, RecentRequests.kept)
        #expect(news.rows.map(\.id.unixMilliseconds) == (count - kept..<count).map(Int64.init))
        #expect(news.missed == count - kept)
        withExtendedLifetime(watch) {}
    }

    @Test func hasRoomForSoManyWatchers() {
        let requests = RecentRequests()
        var watches = (0..<2).map { _ in requests.watch(countMax: 2) }
        #expect(watches.allSatisfy { $0 != nil })
        #expect(requests.watch(countMax: 2) == nil)
        watches.removeLast()
        #expect(requests.watch(countMax: 2) != nil)
    }
}
