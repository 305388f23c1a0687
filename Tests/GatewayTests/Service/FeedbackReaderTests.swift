import Configuration
import Dispatch
import Domain
import Foundation
import GRDB
import Ledger
import Logging
import Routing
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

    private func reader(log: Logger = Logger(label: "test")) throws -> FeedbackReader {
        try FeedbackReader(
            ledger: .sqlite(path: path),
            for: "tests",
            queue: "test",
            retry: .milliseconds(10),
            log: log
        )
    }

    @Test func whatCouldNotBeReadIsTriedAgain() async throws {
        let reader = try reader()
        let calls = Mutex<[[RequestID]]>([])
        // The second request comes while the first one waits for another try, however late that is.
        let learn = { @Sendable (ids: [RequestID]) -> [RequestID] in
            calls.withLock { calls in
                calls.append(ids)
                return calls.joined().contains(Self.second) ? [] : [Self.first]
            }
        }
        reader.note(Self.first, learn: learn)
        #expect(try await eventually { calls.withLock { $0.count } >= 3 })
        reader.note(Self.second, learn: learn)
        #expect(try await eventually { calls.withLock { $0.joined().contains(Self.second) } })
        reader.queue.sync {}
        let seen = calls.withLock { $0 }
        #expect(seen.count >= 4 && seen.dropLast().allSatisfy { $0 == [Self.first] })
        #expect(seen.last == [Self.first, Self.second])
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

    /// However often it is asked for, what can't be read is tried again as if it had been asked for once.
    @Test func oneAttemptServesAllWhoAsked() async throws {
        let reader = try reader()
        let count = Atomic(0)
        let read = { @Sendable in count.add(1, ordering: .relaxed).newValue >= 8 }
        reader.queue.suspend()
        for _ in 0..<5 { reader.untilRead(read) }
        reader.queue.resume()
        #expect(try await eventually { count.load(ordering: .relaxed) >= 8 })
        // Long enough for another one to come.
        try await Task.sleep(for: .milliseconds(100))
        #expect(count.load(ordering: .relaxed) == 8)
    }

    /// A ledger that cannot be read when routers and bandits begin is read as soon as it can be, and so is what was judged when
    /// it could not be read later on.
    @Test func learnersTryAgainWhatTheyCouldNotRead() async throws {
        let settings = """
            routers: [ { id: words, kind: lexical }, { id: learner, kind: bandit } ]
            ledger: { evidence: vectors }
            routing: { router: learner }
            """
        let backend = try await ScriptedBackend.sound()
        let models = [entry("a", at: backend.url), entry("b", at: backend.url)]
        try await withGateway(models, settings: settings) { gateway in
            // What was decided before there was a bandit teaches none.
            #expect(try await eventually { gateway.service.bandits.bandit("learner") != nil })
            let ids = [try await Self.judged(gateway), try await Self.judged(gateway)]
            let (ofBandits, ofRouters) = (AttemptLog(), AttemptLog())
            let readers = [try reader(log: ofBandits.logger), try reader(log: ofRouters.logger)]
            let bandits = BanditKeeper(readers[0], log: Logger(label: "test"))
            let routers = FeedbackLearner(readers[1], encoder: nil)
            bandits.follow(gateway.service.policy)
            routers.follow(gateway.service.policy)
            bandits.finish()
            routers.finish()
            #expect(bandits.bandit("learner") == nil && routers.count == 0)
            #expect(try await eventually { ofBandits.count >= 3 && ofRouters.count >= 3 })
            try fill(from: gateway.service.policy.settings.ledgerPath)
            #expect(try await eventually { bandits.bandit("learner")?.lessonCount == 2 && routers.count == 2 })

            try spoil()
            #expect(bandits.learn(all: ids) == ids && routers.learn(all: ids) == ids)
            let before = (ofBandits.count, ofRouters.count)
            bandits.learn(ids[0])
            routers.learn(ids[0])
            #expect(try await eventually { ofBandits.count >= before.0 + 3 })
            #expect(try await eventually { ofRouters.count >= before.1 + 3 })
        }
    }

    /// A request that was answered and judged.
    private static func judged(_ gateway: RunningGateway) async throws -> RequestID {
        let body = #"{"model":"auto","messages":[{"role":"user","content":"Write a poem."}]}"#
        let text = try await gateway.post("chat/completions", body).fields["x-request-id"] ?? ""
        let id = try #require(RequestID(text))
        let path = gateway.service.policy.settings.ledgerPath
        #expect(try await eventually { (try? LedgerReader(path: path).request(id: id)) != nil })
        #expect(try await gateway.post("feedback", #"{"request_id":"\#(text)","score":0}"#).status == 200)
        return id
    }

    /// Puts what is in the ledger at `other` into the file that is open here.
    private func fill(from other: String) throws {
        try DatabaseQueue(path: other).backup(to: DatabaseQueue(path: path))
    }

    /// Leaves nothing that can be read of what was judged.
    private func spoil() throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: "ALTER TABLE feedback RENAME TO gone") }
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

/// Counts what could not be read.
private struct AttemptLog: LogHandler {
    private final class Counter: Sendable {
        let count = Atomic(0)
    }

    private let counter = Counter()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    var count: Int { counter.count.load(ordering: .relaxed) }
    var logger: Logger { Logger(label: "test") { _ in self } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { counter.count.add(1, ordering: .relaxed) }
}
