import Domain
import Foundation
import Ledger
import Testing

/// What a process leaves when it is killed or starved: `LedgerCrashProbe` is that process.
@Suite(.serialized) struct LedgerCrashTests {
    /// Every row that was acknowledged before `kill -9` is in the ledger, in whichever file it was.
    @Test(arguments: ["write", "spill"])
    func whatWasAcknowledgedSurvivesAKill(mode: String) async throws {
        let fixture = try LedgerFixture()
        var generator = SeededGenerator(seed: 11)
        var acknowledged: Set<String> = []
        for _ in 0..<8 {
            let (probe, output) = try launch(mode, fixture.path)
            try await Task.sleep(for: .milliseconds(.random(in: 60...400, using: &generator)))
            kill(probe.processIdentifier, SIGKILL)
            let lines = try lines(of: output)
            probe.waitUntilExit()
            #expect(probe.terminationReason == .uncaughtSignal)
            acknowledged.formUnion(lines.filter { $0.utf8.count == 36 })
        }
        #expect(acknowledged.count > 100)

        let writer = try fixture.writer()
        #expect(try await fixture.waits { writer.metrics.rowsSpilled == 0 })
        writer.close()
        let requests = try fixture.reader().requests(limit: 10_000_000, before: nil)
        #expect(acknowledged.subtracting(requests.map(\.id.description)).isEmpty)
        #expect(requests.allSatisfy { $0.attemptCount == 1 })
    }

    /// However often the process is killed, a request that was under way for a tick is in the ledger: as it was settled
    /// if that was acknowledged, else with all that was held for it.
    @Test func whatWasHeldIsBookedAfterAKill() async throws {
        let fixture = try LedgerFixture()
        var generator = SeededGenerator(seed: 12)
        var held: [String: Int64] = [:]
        var settled: Set<String> = []
        var crashedCount = 0
        for _ in 0..<6 {
            let (probe, output) = try launch("holds", fixture.path)
            try await Task.sleep(for: .milliseconds(.random(in: 400...700, using: &generator)))
            let killedAt = Int64(Date().timeIntervalSince1970 * 1000)
            kill(probe.processIdentifier, SIGKILL)
            for line in try lines(of: output) {
                let words = line.split(separator: " ").map(String.init)
                guard words.count >= 2, words[1].utf8.count == 36 else { continue }
                switch words[0] {
                case "settled": settled.insert(words[1])
                // A machine under load ticks late.
                case "held" where words.count == 3 && killedAt - milliseconds(words[1]) > 200:
                    held[words[1]] = Int64(words[2])
                default: break
                }
            }
            probe.waitUntilExit()
            let writer = try fixture.writer()
            crashedCount += try await writer.recoverHolds().count
            #expect(try await writer.recoverHolds().isEmpty, "a hold is booked once")
            writer.close()
        }
        #expect(crashedCount > 0 && settled.count > 50 && held.count > 50)

        let requests = try fixture.reader().requests(limit: 10_000_000, before: nil)
        let rows = Dictionary(uniqueKeysWithValues: requests.map { ($0.id.description, $0) })
        for id in settled { #expect(rows[id]?.outcome == .completed) }
        for (id, nanodollars) in held where !settled.contains(id) {
            let row = try #require(rows[id])
            if row.outcome == .crashed { #expect(row.cost.nanodollars == nanodollars && row.usage.total == 5000) }
        }
    }

    /// The time within the text of a request's id.
    private func milliseconds(_ id: String) -> Int64 {
        Int64(id.replacing("-", with: "").prefix(12), radix: 16) ?? .max
    }

    /// A disk that fills up stops no request; when there is room again, every row is in the ledger.
    @Test func aFullDiskLosesNothing() async throws {
        let fixture = try LedgerFixture()
        let (probe, output) = try launch("full", fixture.path)
        let lines = try lines(of: output)
        probe.waitUntilExit()
        #expect(probe.terminationStatus == 0)
        #expect(lines.contains("full queued=true spilled=true unsafe=true"))
        #expect(lines.suffix(2) == ["dropped 0", "rows 3003"])
    }

    private func launch(_ mode: String, _ path: String) throws -> (Process, FileHandle) {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(
            path: "LedgerCrashProbe"
        )
        probe.arguments = [mode, path]
        let pipe = Pipe()
        probe.standardOutput = pipe
        try probe.run()
        return (probe, pipe.fileHandleForReading)
    }

    private func lines(of output: FileHandle) throws -> [String] {
        String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
