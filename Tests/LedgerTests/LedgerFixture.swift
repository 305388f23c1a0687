import Domain
import Foundation
import GRDB
import Ledger
import PostgreSQL
import Synchronization
import Testing

/// The databases that a ledger can be in.
enum StoreKind: String, Sendable {
    case sqlite
    case postgreSQL

    /// Those that there are here: PostgreSQL needs a server to start.
    static let available: [StoreKind] = PostgreSQLServer.shared == nil ? [.sqlite] : [.sqlite, .postgreSQL]
}

/// A directory of its own for one test, with a ledger in it or in a database of its own; gone with the fixture.
final class LedgerFixture: Sendable {
    let directory: String
    let location: LedgerLocation
    private let server: PostgreSQLServer?
    let events = Mutex<[LedgerEvent]>([])

    var path: String { directory + "/ledger.sqlite" }
    var spillPath: String { path + ".spill" }

    init(_ kind: StoreKind = .sqlite, on other: PostgreSQLServer? = nil) throws {
        directory = NSTemporaryDirectory() + "switchyard-ledger-\(UUID().uuidString)"
        switch kind {
        case .sqlite: (location, server) = (.sqlite(path: directory + "/ledger.sqlite"), nil)
        case .postgreSQL:
            let server = try #require(other ?? PostgreSQLServer.shared)
            (location, self.server) = (.postgreSQL(try server.takeDatabase()), server)
        }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        if case .postgreSQL(let address) = location { server?.giveBack(address) }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            // A directory that stays behind harms no other test: its name is random.
        }
    }

    /// A writer on this fixture's files, that is quick to retry.
    func writer(_ change: (inout LedgerSettings) -> Void = { _ in }) throws -> LedgerWriter {
        var settings = LedgerSettings()
        settings.busyTimeoutMilliseconds = 1
        settings.retryMilliseconds = 20
        settings.spillPath = spillPath
        change(&settings)
        return try LedgerWriter(at: location, settings: settings) { event in
            self.events.withLock { $0.append(event) }
        }
    }

    func reader() throws -> LedgerReader { try LedgerReader(at: location) }

    func control() throws -> ControlStore { try ControlStore(at: location) }

    /// Runs `body` while the database refuses whatever is to be written, and can be read.
    func whileRefused(_ body: () async throws -> Void) async throws {
        switch location {
        case .sqlite:
            let lock = try exclusiveLock()
            try await body()
            try await lock.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        case .postgreSQL(let address):
            let session = try PostgreSQLConnection(to: address)
            try session.run("ALTER TABLE request RENAME TO request_away; ALTER TABLE hold RENAME TO hold_away")
            try await body()
            try session.run("ALTER TABLE request_away RENAME TO request; ALTER TABLE hold_away RENAME TO hold")
        }
    }

    /// Another connection with the SQLite file's only write lock, until it commits or rolls back.
    func exclusiveLock() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
        return queue
    }

    /// Waits until `condition` holds; false after 20 seconds.
    func waits(until condition: () -> Bool) async throws -> Bool {
        for _ in 0..<4000 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return condition()
    }
}

/// A count that any thread may add to.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func increment() { count.withLock { $0 += 1 } }
}

/// 2025-06-15, 12:00 UTC.
let noon: Int64 = 1_749_988_800_000

/// An entry with every column drawn, and up to three attempts.
func randomEntry(at unixMilliseconds: Int64, using generator: inout SeededGenerator) -> LedgerEntry {
    let models = ["small", "large", "o'Reilly; DROP TABLE request;--", "日本語"]
    let id = RequestID(unixMilliseconds: unixMilliseconds, using: &generator)
    var row = RequestRow(
        id: id,
        tenant: TenantID(rawValue: "tenant-\(Int.random(in: 0..<3, using: &generator))"),
        endpoint: "chat"
    )
    row.team =
        Bool.random(using: &generator) ? TeamID(rawValue: "team-\(Int.random(in: 0..<3, using: &generator))") : nil
    row.keyID = Bool.random(using: &generator) ? "key-\(Int.random(in: 0..<5, using: &generator))" : nil
    row.strategy = ["balanced", "cost_optimized", ""].randomElement(using: &generator) ?? ""
    row.requestedModel = "auto:balanced"
    row.capability = Capability.allCases.randomElement(using: &generator)
    row.chosenModel = models.randomElement(using: &generator).map(ModelID.init(_:))
    row.propensity = Bool.random(using: &generator) ? .random(in: 0...1, using: &generator) : nil
    row.modelUsed = Bool.random(using: &generator) ? row.chosenModel : nil
    row.provider = Model.Provider.allCases.randomElement(using: &generator)
    row.isSimulated = Bool.random(using: &generator)
    row.isStreamed = Bool.random(using: &generator)
    // Decisions alone are left out of sums; they have a test of their own.
    row.outcome = Outcome.allCases.filter { $0 != .decided }.randomElement(using: &generator) ?? .completed
    row.status = [200, 429, 502].randomElement(using: &generator) ?? 200
    row.errorKind = row.status == 200 ? nil : "upstream_error"
    row.usage = TokenUsage(
        input: .random(in: 0...100_000, using: &generator),
        cachedInput: .random(in: 0...1000, using: &generator),
        cacheWrite: .random(in: 0...1000, using: &generator),
        audioInput: .random(in: 0...1000, using: &generator),
        output: .random(in: 0...10_000, using: &generator),
        reasoning: .random(in: 0...1000, using: &generator),
        audioOutput: .random(in: 0...1000, using: &generator),
        source: (UsageSource.fixed + [.tokenizer("a/b:c")]).randomElement(using: &generator) ?? .provider
    )
    row.priceVersion = "4f2a"
    row.cost = Money(nanodollars: .random(in: 0...5_000_000_000, using: &generator))
    row.energyJoules = .random(in: 0...100, using: &generator)
    row.carbon = Carbon(micrograms: .random(in: 0...1_000_000, using: &generator))
    row.durationMicroseconds = .random(in: 1000...10_000_000, using: &generator)
    row.timeToFirstTokenMicroseconds = row.isStreamed ? .random(in: 100...1000, using: &generator) : nil
    row.upstreamMicroseconds = .random(in: 0...1000, using: &generator)
    row.overheadMicroseconds = .random(in: 0...1000, using: &generator)
    row.queueMicroseconds = .random(in: 0...1000, using: &generator)
    row.tags = Array(#"{"team":"blue","run":"7"}"#.utf8)
    let features = ["", #"{"complexity":0.25}"#, #"{"complexity":0.25,"router":"stack"}"#, #"{"router":"words"}"#]
    row.features = Array((features.randomElement(using: &generator) ?? "").utf8)
    row.candidates = Array(#"[{"model":"small","score":0.5}]"#.utf8)
    row.quality = Bool.random(using: &generator) ? .random(in: 0...1, using: &generator) : nil
    row.baseline =
        Bool.random(using: &generator)
        ? RequestRow.Baseline(
            model: ModelID("large"),
            quality: .random(in: 0.5...1, using: &generator),
            cost: Bool.random(using: &generator)
                ? Money(nanodollars: .random(in: 0...5_000_000_000, using: &generator)) : nil,
            carbon: Bool.random(using: &generator)
                ? Carbon(micrograms: .random(in: 0...1_000_000, using: &generator)) : nil
        ) : nil
    row.footprint = Bool.random(using: &generator) ? randomFootprint(of: row, using: &generator) : nil
    row.alternatives = Bool.random(using: &generator) ? Array(#"{"large":[0.9,70,3],"small":[0.5,7,1]}"#.utf8) : []
    row.isWithinLimits = [nil, false, true].randomElement(using: &generator) ?? nil
    row.planGroup = Bool.random(using: &generator) ? "default" : nil
    row.planTier = row.planGroup == nil ? nil : [nil, Tier.light, .heavy].randomElement(using: &generator) ?? nil
    let attempts = (0..<Int.random(in: 0...3, using: &generator)).map { _ in randomAttempt(using: &generator) }
    return LedgerEntry(request: row, attempts: attempts)
}

private func randomFootprint(of row: RequestRow, using generator: inout SeededGenerator) -> RequestRow.Footprint {
    var footprint = RequestRow.Footprint(
        energyLowJoules: row.energyJoules / 2,
        energyHighJoules: row.energyJoules * 2,
        carbonLow: Carbon(micrograms: row.carbon.micrograms / 2),
        carbonHigh: Carbon(micrograms: row.carbon.micrograms * 2),
        provenance: ["measured", "declared", "modelled"].randomElement(using: &generator) ?? "declared"
    )
    footprint.parts.prompt = Carbon(micrograms: row.carbon.micrograms / 4)
    footprint.parts.generation = Carbon(micrograms: row.carbon.micrograms / 8)
    if Bool.random(using: &generator) { footprint.parts.router = Carbon(micrograms: 5) }
    if Bool.random(using: &generator) { footprint.parts.loading = Carbon(micrograms: 6) }
    if Bool.random(using: &generator) { footprint.parts.embodied = Carbon(micrograms: 7) }
    footprint.zone = Bool.random(using: &generator) ? "DE" : nil
    footprint.gramsPerKilowattHour = Bool.random(using: &generator) ? 380.5 : nil
    return footprint
}

private func randomAttempt(using generator: inout SeededGenerator) -> AttemptRow {
    var attempt = AttemptRow(
        model: ModelID("large"),
        outcome: Outcome.allCases.randomElement(using: &generator) ?? .cut
    )
    attempt.status = Bool.random(using: &generator) ? 503 : nil
    attempt.usage = TokenUsage(input: 7, output: .random(in: 0...9, using: &generator))
    attempt.cost = Money(nanodollars: .random(in: 0...1000, using: &generator))
    attempt.energyJoules = .random(in: 0...100, using: &generator)
    attempt.carbon = Carbon(micrograms: .random(in: 0...1_000_000, using: &generator))
    attempt.startedOffsetMicroseconds = .random(in: 0...1000, using: &generator)
    attempt.durationMicroseconds = .random(in: 0...1000, using: &generator)
    attempt.timeToFirstByteMicroseconds = Bool.random(using: &generator) ? 12 : nil
    attempt.errorText = Bool.random(using: &generator) ? "connection reset" : nil
    return attempt
}
