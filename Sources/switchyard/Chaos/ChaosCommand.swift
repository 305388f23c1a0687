import ArgumentParser
import Foundation
import Reactor

/// `switchyard chaos`: what becomes of a client's request under every fault that a backend can have.
struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play every fault against a gateway of its own, and print a scorecard.",
        discussion: """
            Starts simulated backends and a gateway in this process, on free ports of this machine: nothing else is \
            called. Each cell of the matrix is a fault, whole or streamed, with a sound model to fall back to (fallback), \
            with none (none), with the fault in the first call only (once), or with a second model that fails alike \
            (all_down).
            """
    )

    @Option(help: "Only faults whose name begins with this, such as cut or 429.") var only = ""
    @Option(help: "Cells at a time.") var parallel = 8
    @Flag(help: "Print JSON.") var json = false
    @Option(help: "Also write a page in HTML to this file.") var html: String?
    @Flag(help: "End with code 1 if a cell fails.") var strict = false

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel is 1 to 64") }
    }

    func run() async throws {
        Signals.ignoreFailedWrites()
        _ = DescriptorLimit.raise()
        let cells = ChaosCell.matrix(of: ChaosFault.all.filter { $0.name.hasPrefix(only) })
        guard !cells.isEmpty else { throw ValidationError("no fault begins with \"\(only)\"") }
        let results = try await ChaosBench(cells: cells, parallel: parallel).run { _ in }
        let scorecard = ChaosScorecard(results)
        print(json ? try scorecard.json : scorecard.text, terminator: "")
        if let html { try Data(scorecard.html.utf8).write(to: URL(fileURLWithPath: html), options: .atomic) }
        if strict, scorecard.passed < scorecard.total { throw ExitCode(1) }
    }
}
