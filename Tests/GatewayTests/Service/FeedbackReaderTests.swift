import Dispatch
import Domain
import Foundation
import Ledger
import Logging
import Synchronization
import Testing

@testable import Gateway

/// What was judged is learned from once the ledger can be read, however often it could not.
@Suite final class FeedbackReaderTests {
    private static let first = RequestID(high: 1, low: 1)
    private static let second = RequestID(high: 1, low: 2)

    private let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).db").path

    /// A database without a table, as no writer has made it: every question fails.
    init() throws { try Data().write(to: URL(filePath: path)) }

    deinit { for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) } }

    private func reader(retry: DispatchTimeInterval = .milliseconds(10)) throws -> FeedbackReader {
        try FeedbackReader(
            ledger: .sqlite(path: path),
            for: "tests",
            queue: "test",
            retry: retry,
            log: Logger(label: "test")
        )
    }

    @Test func whatCouldNotBeReadIsTriedAgain() async throws {
        let reader = try reader()
        let calls = Mutex<[[RequestID]]>([])
        let learn = { @Sendable (ids: [RequestID]) -> [RequestID] in
            calls.withLock { calls in
                calls.append(ids)
                // The second request comes while the first one waits for another try.
                return calls.count < 4 ? [Self.first] : []
            }
        }
        reader.note(Self.first, learn: learn)
        reader.queue.sync {}
        reader.note(Self.second, learn: learn)
        #expect(try await eventually { calls.withLock { $0.count } >= 4 })
        let seen = calls.withLock { $0 }
        #expect(seen.count == 4 && seen[0] == [Self.first] && seen.allSatisfy { $0.contains(Self.first) })
        #expect(seen.joined().count { $0 == Self.second } == 1)
    }

    @Test func oneLookTakesAllThatCameMeanwhile() throws {
        let reader = try reader()
        let calls = Mutex<[[RequestID]]>([])
        reader.queue.suspend()
        for id in [Self.first, Self.second] {
            reader.note(id) { ids in
                calls.withLock { $0.append(ids) }
                return []
            }
        }
        reader.queue.resume()
        reader.queue.sync {}
        #expect(calls.withLock { $0 } == [[Self.first, Self.second]])
    }

    /// Bandits and routers give back what they could not read, and nothing else.
    @Test func learnersGiveBackWhatTheyCouldNotRead() throws {
        let settings = "routers: [ { id: words, kind: lexical }, { id: learner, kind: bandit } ]"
        let policy = try Policy.test([entry("a"), entry("b")], settings: settings)
        let bandits = BanditKeeper(try reader(), log: Logger(label: "test"))
        let routers = FeedbackLearner(try reader(), encoder: nil)
        #expect(bandits.learn(all: [Self.first]) == [] && routers.learn(all: [Self.first]) == [], "nobody learns yet")
        bandits.follow(policy)
        routers.follow(policy)
        bandits.finish()
        routers.finish()
        #expect(bandits.learn(all: [Self.first, Self.second]) == [Self.first, Self.second])
        #expect(routers.learn(all: [Self.first, Self.second]) == [Self.first, Self.second])
    }

    /// A request that the ledger does not have is no reason to ask for ever.
    @Test func whatIsNotThereIsNotTriedAgain() async throws {
        let settings = "routers: [ { id: words, kind: lexical }, { id: learner, kind: bandit } ]"
        try await withGateway([entry("a"), entry("b")], settings: settings) { gateway in
            #expect(gateway.service.bandits.learn(all: [Self.first]) == [])
            #expect(gateway.service.feedback.learn(all: [Self.first]) == [])
        }
    }
}
