import ArgumentParser
import Environment
import Foundation
import Learning
import Reporting
import Routing

/// `switchyard train demo`: trains policies, and draws how they came to be beside what rules earn.
struct TrainDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Train policies with several seeds, and write a page of training curves and strategies.",
        discussion: "The page needs no script, font or picture from elsewhere."
    )

    @OptionGroup var world: EnvironmentOptions
    @Option(help: "Steps of each training.") var totalTimesteps = 100_000
    @Option(help: "Trainings, by seeds from 0 on.") var seeds = 5
    @Option(help: "Episodes that each policy and rule is played for.") var nEpisodes = 50
    @Option(help: "The page to write.") var out = "llm_router.html"

    func validate() throws {
        guard totalTimesteps >= 1, (1...100).contains(seeds), (1...100_000).contains(nEpisodes) else {
            throw ValidationError("--total-timesteps and --n-episodes are at least 1, --seeds 1 to 100")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let world = try world.settings()
            let interruption = await Interruption.watch()
            let ppo = try trainings("ppo", in: world, interruption) { seed in
                var settings = PPOSettings.usual(for: world)
                settings.seed = seed
                return try PPOTraining(world, totalSteps: totalTimesteps, settings: settings)
            }
            let dqn = try trainings("dqn", in: world, interruption) { seed in
                var settings = DQNSettings.usual(for: world)
                settings.learning.seed = seed
                return try DQNTraining(world, totalSteps: totalTimesteps, settings: settings)
            }
            var table = StrategyTable(world, episodes: nEpisodes, groups: seeds, seed: 42)
            try table.addRules()
            try table.addBandits()
            try table.add("ppo") { PolicyAgent(ppo.policies[$0]) }
            try table.add("dqn") { PolicyAgent(dqn.policies[$0]) }
            try Data(page(ppo.curves + dqn.curves, table.table).utf8).write(to: URL(filePath: out), options: .atomic)
            print(table.table.rendered(as: .text), terminator: "")
            print("\(out): training curves and this table")
        }
    }

    /// One training for each seed: the best policy of each, and how each came to be.
    private func trainings<Training: EnvironmentTraining>(
        _ agent: String,
        in world: EnvironmentSettings,
        _ interruption: Interruption,
        _ training: (UInt64) throws -> Training
    ) throws -> (policies: [PolicyNetwork], curves: [CurveChart.Curve]) {
        var bar = ProgressBar("training \(agent)", unit: "steps")
        var (curves, policies) = ([CurveChart.Curve](), [PolicyNetwork]())
        for seed in 0..<seeds {
            let training = try training(UInt64(seed))
            var curve = try TrainingCurve(world, every: max(1, totalTimesteps / 25), from: 0)
            var problem: (any Error)?
            let isDone = try training.run { progress in
                let share = (Double(seed) + progress.share) / Double(seeds)
                let note = progress.meanReward.map { String(format: "seed %d, reward %.1f", seed, $0) } ?? ""
                bar.show(share, count: seed * totalTimesteps + progress.stepCount, note: note)
                do { _ = try curve.add(training) } catch { problem = error }
                return problem == nil && !interruption.isWanted
            }
            if let problem { throw problem }
            guard isDone else { throw TrainingError.unusable("interrupted; nothing was written") }
            policies.append(curve.best ?? training.policy)
            let points = curve.points.map { (x: Double($0.steps), y: $0.reward) }
            curves.append(CurveChart.Curve(name: "\(agent), seed \(seed)", points: points))
        }
        bar.end()
        return (policies, curves)
    }

    private func page(_ curves: [CurveChart.Curve], _ table: ReportTable) -> String {
        let chart = CurveChart(
            title: "What the policy earns as it is trained, over 10 episodes each",
            xName: "steps",
            yName: "reward of an episode",
            curves: curves
        )
        let lines = table.lines.map { line in
            line.map { cell in
                switch cell {
                case .text(let text), .number(let text): text
                case .none: "-"
                }
            }
        }
        return ChartPage(
            title: "\(world.environment.rawValue): \(table.title)",
            charts: [chart],
            table: ChartPage.Table(header: table.header, lines: lines),
            figures: table.notes
        ).text
    }
}
