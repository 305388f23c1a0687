import Domain
import Glibc
import Ledger

/// A process for the ledger's tests to kill, to starve of disk, and to measure: `LedgerCrashProbe <mode> <path>`.
@main
struct LedgerCrashProbe {
    static func main() async throws {
        guard CommandLine.arguments.count == 3 else {
            return say("usage: LedgerCrashProbe write|spill|holds|full|bench <path>")
        }
        let path = CommandLine.arguments[2]
        switch CommandLine.arguments[1] {
        case "write": try await writeForever(LedgerSettings(), path: path)
        case "spill":
            var settings = LedgerSettings()
            settings.databaseBytesMax = 8192 * 8
            settings.retryMilliseconds = 10
            try await writeForever(settings, path: path)
        case "holds": try await holdForever(path: path)
        case "full": try await fillTheDisk(path: path)
        case "bench": try await bench(path: path)
        default: say("unknown mode")
        }
    }

    /// Writes durable rows from four tasks, and says each id once it is acknowledged, until killed.
    private static func writeForever(_ settings: LedgerSettings, path: String) async throws {
        let writer = try LedgerWriter(path: path, settings: settings) { _ in }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while true {
                        let entry = entry()
                        await writer.recordDurably(entry)
                        say(entry.request.id.description)
                    }
                }
            }
        }
    }

    /// Holds and settles from eight tasks, and says each hold, and each row once it is acknowledged, until killed.
    private static func holdForever(path: String) async throws {
        let writer = try LedgerWriter(path: path, settings: LedgerSettings()) { _ in }
        for entry in try await writer.recoverHolds() { say("crashed \(entry.request.id)") }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    while true {
                        let entry = entry()
                        var charge = Charge(cost: Money(nanodollars: .random(in: 1_000_000...2_000_000)))
                        charge.tokens = 5000
                        let payer = Payer(organisation: .anonymous)
                        let hold = HoldRow(id: entry.request.id, payer: payer, endpoint: "chat", charge: charge)
                        writer.holdOpened(hold)
                        say("held \(entry.request.id) \(charge.cost.nanodollars)")
                        try? await Task.sleep(for: .milliseconds(.random(in: 0...120)))
                        await writer.recordDurably(entry)
                        say("settled \(entry.request.id)")
                    }
                }
            }
        }
    }

    /// Meets the end of the disk (a limit on this process's files), says what it holds, and goes on when there is room.
    private static func fillTheDisk(path: String) async throws {
        signal(SIGXFSZ, SIG_IGN)
        var settings = LedgerSettings()
        settings.retryMilliseconds = 10
        settings.durableWaitMillisecondsMax = 50
        let writer = try LedgerWriter(path: path, settings: settings) { say("\($0)".prefix(40).description) }
        var limit = rlimit(rlim_cur: 1 << 18, rlim_max: rlim_t.max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        for count in 1...3000 {
            writer.record(entry())
            if count % 100 == 0 { await writer.flush() }
            if count % 1000 == 0 { await writer.recordDurably(entry()) }
        }
        await writer.flush()
        let full = writer.metrics
        say("full queued=\(full.rowsQueued > 0) spilled=\(full.rowsSpilled > 0) unsafe=\(full.rowsUnsafe > 0)")
        limit.rlim_cur = rlim_t.max
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        while writer.metrics.rowsQueued + writer.metrics.rowsSpilled > 0 { try await Task.sleep(for: .milliseconds(5)) }
        writer.close()
        say("dropped \(writer.metrics.rowsDropped)")
        say("rows \(try LedgerReader(path: path).totals().requests)")
    }

    /// Measures CPU time per request at 20,000 a second, and the latency of durable rows.
    private static func bench(path: String) async throws {
        let writer = try LedgerWriter(path: path, settings: LedgerSettings()) { say("\($0)") }
        let entries = (0..<200_000).map { _ in entry() }
        let idle = try await paced(entries) { _ in }
        let recording = try await paced(entries) { writer.record($0) }
        await writer.flush()
        say("\(recording - idle) CPU us per request with one attempt, on every thread, at 20,000/s")
        let start = ContinuousClock.now
        for _ in 0..<500 { await writer.recordDurably(entry()) }
        say("\((ContinuousClock.now - start) / 500) per durable row, one at a time")
        say("\(writer.metrics)")
        writer.close()
    }

    /// Gives `entries` to `body`, 200 every 10 ms; the CPU microseconds that the process took for each.
    private static func paced(_ entries: [LedgerEntry], _ body: (LedgerEntry) -> Void) async throws -> Double {
        let before = cpuMicroseconds()
        let start = ContinuousClock.now
        for (index, entry) in entries.enumerated() {
            if index % 200 == 0 { try await Task.sleep(until: start + .milliseconds(index / 20)) }
            body(entry)
        }
        return Double(cpuMicroseconds() - before) / Double(entries.count)
    }

    private static func entry() -> LedgerEntry {
        var generator = SystemRandomNumberGenerator()
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let id = RequestID(
            unixMilliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000,
            using: &generator
        )
        var row = RequestRow(id: id, tenant: .anonymous, endpoint: "chat")
        row.strategy = "cost_optimized"
        row.requestedModel = "auto:cost_optimized"
        row.chosenModel = ModelID("gpt-4o-mini")
        row.modelUsed = ModelID("gpt-4o-mini")
        row.provider = .openAI
        row.priceVersion = "5c1b2f3a"
        row.usage = TokenUsage(input: 812, output: 224)
        row.cost = Money(nanodollars: 256_200)
        row.features = Array(#"{"complexity":0.31,"tokens":812,"code":0,"math":0.1,"depth":0.4}"#.utf8)
        row.candidates = Array(
            (#"[{"model":"gpt-4o-mini","score":0.91,"cost":256200,"ms":840,"quality":0.82},"#
                + #"{"model":"gpt-4o","score":0.61,"cost":4270000,"ms":1320,"quality":0.93},"#
                + #"{"model":"llama-2-70b","rejected":"context"},{"model":"mixtral","rejected":"down"}]"#).utf8
        )
        var attempt = AttemptRow(model: ModelID("gpt-4o-mini"), outcome: .completed)
        attempt.usage = row.usage
        attempt.cost = row.cost
        return LedgerEntry(request: row, attempts: [attempt])
    }

    private static func cpuMicroseconds() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + $1.tv_sec * 1_000_000 + $1.tv_usec }
    }

    /// Writes a line at once and whole, so that a kill leaves only whole lines and at most one piece.
    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }
}
