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
