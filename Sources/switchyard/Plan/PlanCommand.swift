import ArgumentParser
import Configuration
import Forecasting
import Foundation
import Planning
import Reporting

/// `switchyard plan`: how much of which tier, hour by hour.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Plan how many requests each tier serves in each hour, with a bound that proves how good that is.",
        subcommands: [PlanRun.self, ExploreQuality.self],
        defaultSubcommand: PlanRun.self
    )
}

/// `switchyard plan [key=value …]`: runs experiments and compares them.
struct PlanRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run experiments; without arguments, the sample that comes along.",
        discussion: """
            key=value overrides Config/plan/config.yaml; optimizer=, user_groups= and fleet= choose a file of the folder \
            of that name. Values with commas are all run, in every combination: vp=24,168 optimizer=qt,constant_mix. \
            A result that is there is not computed again. Every plan is verified; exit code 1 if one is wrong.
            """
    )

    @Argument(help: "Settings to override, such as vp=24,168.") var overrides: [String] = []
    @OptionGroup var options: PlanRunOptions

    func run() async throws {
        try await options.orExit {
            let jobs = try options.composition().jobs(overrides)
            let results = try await options.results(of: jobs)
            print(PlanTable(results).table.rendered(as: options.format), terminator: "")
            if let path = options.report {
                try OutputFile.write(PlanPage(results).text, to: path)
            }
            guard results.allSatisfy(\.verification.violations.isEmpty) else { throw ExitCode(1) }
        }
    }
}

/// `switchyard plan explore-qor`: what each quality costs.
struct ExploreQuality: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore-qor",
        abstract: "Show what each target of quality costs, and what another point of it would cost.",
        discussion: "Runs qor_target from --from to --to for each combination of the overrides."
    )

    @Argument(help: "Settings to override, such as vp=168.") var overrides: [String] = []
    @Option(help: "The lowest target.") var from = 0.0
    @Option(help: "The highest target.") var to = 1.0
    @Option(help: "How many targets.") var steps = 11
    @OptionGroup var options: PlanRunOptions

    func validate() throws {
        guard (0...1).contains(from), (from...1).contains(to), (2...1000).contains(steps) else {
            throw ValidationError("--from and --to lie between 0 and 1, --steps between 2 and 1000")
        }
    }

    func run() async throws {
        try await options.orExit {
            let targets = (0..<steps).map { step in
                // Rounded, so that a target reads as one.
                ((from + (to - from) * Double(step) / Double(steps - 1)) * 1e6).rounded() / 1e6
            }
            let sweep = "qor_target=" + targets.map { "\($0)" }.joined(separator: ",")
            let jobs = try options.composition().jobs(overrides + [sweep])
            let results = try await options.results(of: jobs)
            print(PlanTable(results).table.rendered(as: options.format), terminator: "")
            if let path = options.report {
                try OutputFile.write(PlanPage(exploring: results).text, to: path)
            }
        }
    }
}

/// Where experiments come from and how they are shown.
struct PlanRunOptions: ParsableArguments {
    @Option(
        help: "Folder with config.yaml and its groups; the first of \(Self.usualFolders) that is there if left out."
    )
    var config: String?
    @Option(help: "Experiments at once; one for each core if left out.") var jobs: Int?
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Option(name: [.long, .customLong("html")], help: "Write a page with charts here.") var report: String?

    func validate() throws {
        guard (jobs ?? 1) >= 1 else { throw ValidationError("--jobs is at least 1") }
    }

    private static var usualFolders: String { PlanComposition.usualFolders.joined(separator: " and ") }

    /// The tree of settings.
    func composition() throws -> PlanComposition {
        try config.map { try PlanComposition(folders: [$0]) } ?? PlanComposition()
    }

    /// The results of jobs in their order, several at once; the first that fails ends all.
    func results(of jobs: [PlanComposition.Job]) async throws -> [PlanResult] {
        // Before the work is done: it would be lost.
        for folder in Set(jobs.map(\.settings.resultFolder)) {
            try OutputFile.prepare(folder: folder, remedy: "choose another with result_dir=")
        }
        let width = self.jobs ?? max(ProcessInfo.processInfo.activeProcessorCount, 1)
        let meter = PlanProgressMeter(jobCount: jobs.count)
        var results: [PlanResult?] = Array(repeating: nil, count: jobs.count)
        try await withThrowingTaskGroup(of: (Int, PlanResult).self) { group in
            var next = 0
            func start() {
                guard next < jobs.count else { return }
                let (index, experiment) = (next, PlanExperiment(job: jobs[next]))
                next += 1
                group.addTask {
                    let tell = { @Sendable (share: Double) in
                        meter.note(share, of: index, named: experiment.job.name)
                    }
                    return (index, try experiment.result(telling: tell, unless: { Task.isCancelled }))
                }
            }
            for _ in 0..<width { start() }
            while let (index, result) = try await group.next() {
                results[index] = result
                meter.note(1, of: index, named: result.job)
                start()
            }
        }
        if !jobs.isEmpty { meter.end() }
        return results.compactMap { $0 }
    }

    /// Runs `body`; says what is wrong in a line and ends with the exit code of its kind.
    func orExit(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ConfigurationErrors {
            Console.error(error.description)
            throw ExitCode(2)
        } catch let code as ExitCode {
            throw code
        } catch {
            Console.error("switchyard: \(Self.message(of: error))")
            throw ExitCode(1)
        }
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let error as PlanningError: error.message
        case let error as ScenarioError: error.message
        case .columnMissing(_, "y", _) as SeriesError:
            "\((error as? SeriesError)?.message ?? ""); name the one of the requests: requests_column=…"
        case let error as SeriesError: error.message
        case let error as PlanCommandError: error.message
        case let error as OutputFile.Unwritable: error.message
        default: "\(error)"
        }
    }
}
