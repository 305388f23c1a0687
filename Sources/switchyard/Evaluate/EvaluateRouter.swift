import ArgumentParser
import Domain
import Foundation
import Learning
import Neural
import Routing

/// `switchyard evaluate router`: trains and measures by turns, so that no outcome is judged by what has learned from it.
struct EvaluateRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router",
        abstract: "Cross-validate a router on outcomes: quality for money, calibration, time."
    )

    @Argument(help: "Outcomes, a JSON object a line, plain or .gz.") var files: [String]
    @OptionGroup var encoding: EncoderOptions
    @Option(help: "Two models WEAK,STRONG to choose between; may be given several times.") var pair: [String] = []
    @Option(help: "A JSON file {model: price of a prompt}: the pool to choose from.") var prices: String?
    @Flag(help: "Hold whole tasks back instead of folds.") var leaveTaskOut = false

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
        let set = rows.set
        let training = ProgressLine("training")
        let validation = try CrossValidation(rows, by: leaveTaskOut ? .tasks : .folds, progress: training.show) {
            part throws(DataError) in
            let models = part.set.models.map { ModelPrior(id: .init($0), quality: .nan) }
            return StackEstimator(weights: try StackTrainer().train(part).weights, models: models)
        }
        for pair in pair {
            let names = pair.split(separator: ",").map(String.init)
            guard names.count == 2 else { throw ValidationError("--pair takes WEAK,STRONG") }
            if let report = try PairReport(set, expected: validation.expected, weak: names[0], strong: names[1]) {
                print(
                    "\(names[0]) -> \(names[1]): APGR \(report.area) CPT50 \(report.callsForHalf) CPT80 \(report.callsForMost) oracle \(report.oracleArea) n \(report.count)"
                )
            }
        }
        if let prices {
            let data = try Data(contentsOf: URL(filePath: prices))
            let table = try JSONDecoder().decode([String: Double].self, from: data)
            let pool = table.sorted { $0.key < $1.key }.map { (model: $0.key, price: $0.value) }
            if let report = try PoolReport(set, expected: validation.expected, prices: pool) {
                print(
                    "pool AIQ \(report.meanQuality) accuracy \(report.accuracy) saving \(String(describing: report.saving)) zero \(report.zeroMeanQuality) oracle \(report.oracleMeanQuality) best \(report.bestSingle)"
                )
            }
        }
        for (column, model) in set.models.enumerated() {
            let asked = set.outcomes.indices.filter { !set.scores[$0, column].isNaN }
            let c = Calibration(
                expected: asked.map { Double(validation.expected[$0, column]) },
                scores: asked.map { Double(set.scores[$0, column]) }
            )
            print("\(model): ECE \(c.error) Brier \(c.brier)")
        }
    }
}
