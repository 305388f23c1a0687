import ArgumentParser
import Domain
import Foundation
import Learning
import Neural
import Reporting
import Routing

/// `switchyard evaluate router`: trains and measures by turns, so that no outcome is judged by what has learned from it.
struct EvaluateRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router",
        abstract: "Cross-validate a router on outcomes: quality for money, calibration, time.",
        discussion: """
            For a pair the area under the performance gap recovered (APGR, 0.5 by chance) and the shares of strong calls that \
            recover 50 and 80 per cent of the gap; for a pool the mean quality under the hull of costs (AIQ), the accuracy and \
            what is saved at the best single model's quality. In brackets the interval of 95 per cent of bootstrap samples.
            """
    )

    @Argument(help: "Outcomes, a JSON object a line, plain or .gz.") var files: [String]
    @OptionGroup var encoding: EncoderOptions
    @Option(help: "Which router: \((EstimatorFile.stacked + EstimatorFile.builtIn).joined(separator: ", ")).")
    var router = "stack"
    @Option(help: "Two models WEAK,STRONG to choose between; may be given several times.") var pair: [String] = []
    @Option(help: "A JSON file {model: price of a prompt}: the pool to choose from.") var prices: String?
    @Flag(help: "Hold whole tasks back instead of folds.") var leaveTaskOut = false
    @Option(help: "Decides all chance.") var seed: UInt64 = 1
    @Option(help: "A file for the same as a page with charts.") var html: String?

    func run() async throws {
        do {
            try evaluate()
        } catch let error as DataError {
            Console.error("switchyard: \(error.message)")
            throw ExitCode(1)
        }
    }

    private func evaluate() throws {
        let rows = try encoding.rows(of: files)
        let training = ProgressLine("training")
        let validation = try CrossValidation(rows, by: leaveTaskOut ? .tasks : .folds, progress: training.show) {
            part throws(DataError) in
            try estimator(of: part)
        }
        let time = validation.estimating / rows.set.outcomes.count
        var page = Page()
        for pair in pair { try report(pair: pair, rows.set, validation.expected, on: &page) }
        if let prices { try report(pool: prices, rows.set, validation.expected, on: &page) }
        let calibration = Self.calibration(rows.set, validation.expected)
        page.say(
            """
            ECE \(calibration.error.text(3)), Brier \(calibration.brier.text(4)) over \(calibration.count) scores; \
            worst model's ECE \(Self.worstError(rows.set, validation.expected).text(3))
            estimating takes \((Double(time.nanoseconds) / 1000).text(0)) µs a prompt, beside encoding
            """
        )
        guard let html else { return }
        let title = "\(router) on \(files.map { URL(filePath: $0).lastPathComponent }.joined(separator: ", "))"
        let text = ChartPage(title: title, charts: page.charts, figures: page.figures).text
        try text.write(toFile: html, atomically: true, encoding: .utf8)
    }

    private func estimator(of part: TrainingRows) throws(DataError) -> any QualityEstimator {
        let means = part.set.means
        // A router that knows nothing of a model has its mean to go by, as a registry has.
        let models = zip(part.set.models, means).map { ModelPrior(id: ModelID($0), quality: $1) }
        if let known = EstimatorFile.builtIn(router, models: models) { return known }
        var trainer = StackTrainer()
        trainer.seed = seed
        return EstimatorFile.estimator(try trainer.train(part).weights, as: router, models: models)
    }

    private func report(pair: String, _ set: OutcomeSet, _ expected: Matrix, on page: inout Page) throws {
        let names = pair.split(separator: ",").map(String.init)
        guard names.count == 2 else { throw ValidationError("--pair takes WEAK,STRONG") }
        guard let report = try PairReport(set, expected: expected, weak: names[0], strong: names[1], seed: seed) else {
            return page.say("\(names[0]) -> \(names[1]): nothing to route, neither is better")
        }
        page.charts.append(
            CurveChart(
                title: "\(report.weak) to \(report.strong)",
                xName: "share of calls of the strong model",
                yName: "share of its lead recovered",
                curves: [
                    .init(name: router, points: report.curve.points),
                    .init(name: "random, from always weak to always strong", points: [(0, 0), (1, 1)]),
                    .init(name: "oracle", points: report.oracle.points),
                ]
            )
        )
        page.say(
            """
            \(report.weak) (\(report.means.weak.text(3))) -> \(report.strong) (\(report.means.strong.text(3))), \
            \(report.count) prompts
              APGR \(report.area.text(3)), oracle \(report.oracle.area.text(3)), random 0.500
              CPT50 \(report.callsForHalf.text(3)), CPT80 \(report.callsForMost.text(3))
            """
        )
    }

    private func report(pool path: String, _ set: OutcomeSet, _ expected: Matrix, on page: inout Page) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        let table = try JSONDecoder().decode([String: Double].self, from: data)
        let pool = table.sorted { $0.key < $1.key }.map { (model: $0.key, price: $0.value) }
        guard let report = try PoolReport(set, expected: expected, prices: pool, seed: seed) else {
            return page.say("pool: no prompt was put to all \(pool.count) models")
        }
        func corners(_ points: [Frontier.Point]) -> [(x: Double, y: Double)] {
            Frontier(points).corners.map { ($0.cost, $0.quality) }
        }
        page.charts.append(
            CurveChart(
                title: "Quality for money",
                xName: "mean price of a prompt",
                yName: "mean score",
                curves: [
                    .init(name: router, points: corners(report.sweep)),
                    .init(name: "zero router: single models", points: corners(report.singles)),
                    .init(name: "oracle", points: corners(report.oracleSweep)),
                ]
            )
        )
        page.say(
            """
            pool of \(report.models.count) models, \(report.count) prompts
              AIQ \(report.meanQuality.text(3)), zero router \(report.zeroMeanQuality.text(3)), \
            oracle \(report.oracleMeanQuality.text(3))
              accuracy \(report.accuracy.text(3)), best single model \(report.bestSingle.text(3))
              saves \(report.saving?.text(3) ?? "nothing") of its cost at its quality
            """
        )
    }

    private static func calibration(_ set: OutcomeSet, _ expected: Matrix) -> Calibration {
        let asked = set.scores.values.indices.filter { !set.scores.values[$0].isNaN }
        return Calibration(
            expected: asked.map { Double(expected.values[$0]) },
            scores: asked.map { Double(set.scores.values[$0]) }
        )
    }

    private static func worstError(_ set: OutcomeSet, _ expected: Matrix) -> Double {
        let errors = set.models.indices.map { column in
            let asked = set.outcomes.indices.filter { !set.scores[$0, column].isNaN }
            return Calibration(
                expected: asked.map { Double(expected[$0, column]) },
                scores: asked.map { Double(set.scores[$0, column]) }
            ).error
        }
        return errors.max() ?? 0
    }
}

/// What is printed, and drawn for who wants a page.
private struct Page {
    var charts: [CurveChart] = []
    private(set) var figures: [String] = []

    mutating func say(_ words: String) {
        print(words)
        figures.append(words)
    }
}

extension Double {
    /// The number with so many decimals.
    fileprivate func text(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}

extension Interval {
    /// The value and, in brackets, the interval.
    fileprivate func text(_ decimals: Int) -> String {
        "\(value.text(decimals)) [\(low.text(decimals)), \(high.text(decimals))]"
    }
}
