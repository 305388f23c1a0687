import ArgumentParser
import Foundation
import Learning
import Neural
import Reporting

/// `switchyard evaluate router`: trains and measures by turns, so that no outcome is judged by what has learned from it.
struct EvaluateRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router",
        abstract: "Cross-validate routers on outcomes: quality for money, calibration, time.",
        discussion: """
            For a pair the area under the performance gap recovered (APGR, 0.5 by chance) and the shares of strong calls that \
            recover 50 and 80 per cent of the gap; for a pool the mean quality under the hull of costs (AIQ), the accuracy and \
            what is saved at the best single model's quality. In brackets the interval of 95 per cent of bootstrap samples. \
            With --feedback, whole tasks are held back, and what is measured is how routers come to know them by judged answers.
            """
    )

    @Argument(help: "Outcomes, a JSON object a line, plain or .gz.") var files: [String] = []
    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var encoding: EncoderOptions
    @Option(help: "Which routers, separated by commas, or all: \(RouterRecipe.names.joined(separator: ", ")).")
    var router = "stack"
    @Option(help: "Two models WEAK,STRONG to choose between; may be given several times.") var pair: [String] = []
    @Option(help: "A JSON file {model: price of a prompt}: the pool to choose from.") var prices: String?
    @Option(help: "Into how many parts the folds are put together, 2 to 10.") var folds = Outcome.foldCount
    @Flag(help: "Hold whole tasks back instead of folds.") var leaveTaskOut = false
    @Option(help: "Judged answers of each task after which routers are measured, such as 0,10,100; holds tasks back.")
    var feedback: String?
    @Flag(help: "With --feedback, also train anew with it each time.") var refit = false
    @Option(help: "At most so many prompts are remembered.") var memoryRows = StackTrainer.memoryRowsUsual
    @Option(help: "Decides all chance.") var seed: UInt64 = 1
    @Option(
        help: "Estimate from vectors as a gateway of this precision (int8) reads them; exact ones are learned from.",
        transform: Self.precision
    )
    var servedPrecision: Precision?
    @Option(help: "A file for the same as a page with charts.") var html: String?

    func validate() throws {
        guard !files.isEmpty || ledger.fromLedger != nil else {
            throw ValidationError("name files of outcomes, or a ledger with --from-ledger")
        }
        guard (2...Outcome.foldCount).contains(folds) else { throw ValidationError("--folds is 2 to 10") }
        guard servedPrecision == nil || encoding.encoder != nil && feedback == nil && ledger.fromLedger == nil else {
            throw ValidationError("--served-precision needs --encoder, and goes with files alone")
        }
        _ = try (recipes(), pairs(), feedbackCounts())
    }

    func run() async throws {
        do {
            try evaluate()
        } catch let error as DataError {
            Console.error("switchyard: \(error.message)")
            throw ExitCode(1)
        }
    }

    private func evaluate() throws {
        var page = EvaluationPage(pairs: try pairs(), prices: try priceList(), seed: seed)
        let judged = try ledger.outcomes(encoder: encoding.encoder)
        let rows = try encoding.rows(of: files, and: judged.outcomes)
        guard !rows.set.models.isEmpty else {
            throw DataError.empty(path: (files + [ledger.fromLedger].compactMap(\.self)).joined(separator: ", "))
        }
        let holdsTasks = leaveTaskOut || feedback != nil
        guard !holdsTasks || Set(rows.set.outcomes.map(\.task)).count > 1 else {
            throw ValidationError("whole tasks are to be held back, and the outcomes have no two values of task")
        }
        for recipe in try recipes() {
            if let counts = try feedbackCounts() {
                try page.add(curve(of: recipe, rows, counts), of: recipe.name)
            } else {
                try page.add(validation(of: recipe, rows), of: recipe.name, rows.set)
            }
        }
        page.finish()
        guard let html else { return }
        let sources = files + [ledger.fromLedger].compactMap(\.self)
        let title = "\(router) on \(sources.map { URL(filePath: $0).lastPathComponent }.joined(separator: ", "))"
        try page.html(title: title).write(toFile: html, atomically: true, encoding: .utf8)
    }

    private func validation(of recipe: RouterRecipe, _ rows: TrainingRows) throws(DataError) -> CrossValidation {
        let served = try servedPrecision.map { precision throws(DataError) in
            var encoder = try PromptEncoder(folder: encoding.encoder, precision: precision, prunesTokens: true)
            let (reading, count) = (ProgressLine("reading prompts in \(precision)"), rows.set.outcomes.count)
            return try encoder.evidence(of: rows.set.outcomes.map(\.prompt)) { reading.show($0, of: count) }
        }
        let split: CrossValidation.Split = leaveTaskOut ? .tasks : .folds(folds)
        let training = ProgressLine("training \(recipe.name)")
        return try CrossValidation(rows, by: split, from: served, progress: training.show) { part throws(DataError) in
            try recipe.router(of: part)
        }
    }

    private func curve(of recipe: RouterRecipe, _ rows: TrainingRows, _ counts: [Int]) throws -> FeedbackCurve {
        let training = ProgressLine("training \(recipe.name)")
        let models = try pairs().flatMap { [$0.weak, $0.strong] }
        return try FeedbackCurve(
            rows,
            counts: counts,
            models: models,
            isRefitted: refit,
            seed: seed,
            progress: training.show
        ) { part throws(DataError) in
            try recipe.router(of: part)
        }
    }

    // MARK: Options

    private static func precision(named name: String) throws -> Precision {
        guard let precision = Precision(rawValue: name) else {
            let known = Precision.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("no precision \"\(name)\": \(known)")
        }
        return precision
    }

    private func recipes() throws -> [RouterRecipe] {
        let names = router == "all" ? RouterRecipe.names : router.split(separator: ",").map(String.init)
        return try names.map { name in
            guard var recipe = RouterRecipe(name) else {
                throw ValidationError("no router \"\(name)\": \(RouterRecipe.names.joined(separator: ", ")), or all")
            }
            recipe.seed = seed
            recipe.memoryRowsMax = memoryRows
            return recipe
        }
    }

    private func pairs() throws -> [(weak: String, strong: String)] {
        try pair.map { pair in
            let names = pair.split(separator: ",").map(String.init)
            guard names.count == 2 else { throw ValidationError("--pair takes WEAK,STRONG") }
            return (names[0], names[1])
        }
    }

    private func feedbackCounts() throws -> [Int]? {
        try feedback.map { text in
            let counts = text.split(separator: ",").map { Int($0) ?? -1 }
            guard !counts.isEmpty, counts.allSatisfy({ $0 >= 0 }), counts == counts.sorted() else {
                throw ValidationError("--feedback takes rising numbers, such as 0,10,100")
            }
            return counts
        }
    }

    private func priceList() throws(DataError) -> [(model: String, price: Double)] {
        guard let prices else { return [] }
        let bytes = try DataSetFile.bytes(at: prices)
        guard let table = try? JSONDecoder().decode([String: Double].self, from: Data(bytes)), table.count > 1,
            table.values.allSatisfy({ $0 >= 0 })
        else {
            let reason = "it is to be an object {model: price} of two models or more, with prices from 0 on"
            throw .unreadable(path: prices, reason: reason)
        }
        return table.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
