import ArgumentParser
import Domain
import Foundation
import Learning
import Routing

/// `switchyard train watch`: trains a router anew every night, and puts it in service if it is better.
struct TrainWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Train a router anew from a ledger every night, and promote it if it beats the one in service.",
        discussion: """
            The latest judged requests are held back. The new router learns from the others, and from files of outcomes if \
            some are named; it is promoted if its expectations of the held-back answers are better than those of the router \
            in service by more than chance. The file before stays as previous.safetensors. A running gateway takes the new \
            one by itself (routing.routers_refresh_seconds).
            """
    )

    @Argument(help: "Outcomes to learn from as well, a JSON object a line, plain or .gz.") var files: [String] = []
    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var encoding: EncoderOptions
    @Option(help: "The folder of the router in service; made when the first one is good enough.") var out: String
    @Option(help: "Which router, where the folder has none yet: \(Self.kinds.joined(separator: ", ")).")
    var router = "stack"
    @Option(help: "Hours between two trainings.") var hours = 24.0
    @Flag(help: "Train once, and end.") var once = false
    @Option(help: "The share of judged requests, the latest, that is held back.") var heldBack = 0.2
    @Option(help: "Held-back answers without which nothing is promoted.") var heldBackMin = 50
    @Option(help: "At most so many prompts are remembered.") var memoryRows = StackTrainer.memoryRowsUsual
    @Option(help: "Decides all chance.") var seed: UInt64 = 1
    @Option(help: "What the data may be used for, for the manifest.") var licence = "unknown"

    private static let kinds = RouterRecipe.names.filter { !EstimatorFile.builtIn.contains($0) }

    func validate() throws {
        guard ledger.fromLedger != nil else { throw ValidationError("--from-ledger says what to learn from") }
        guard Self.kinds.contains(router) else {
            throw ValidationError("--router is one of \(Self.kinds.joined(separator: ", "))")
        }
        guard (0.01...8760).contains(hours) else { throw ValidationError("--hours is 0.01 to 8760") }
        guard (0.05...0.5).contains(heldBack) else { throw ValidationError("--held-back is 0.05 to 0.5") }
        guard heldBackMin >= 10 else { throw ValidationError("--held-back-min is at least 10") }
    }

    func run() async throws {
        while true {
            do {
                print("\(Date.now.formatted(.iso8601)) \(try train())")
            } catch let error as DataError {
                // Tomorrow there may be more, or the disk be there again.
                Console.error("switchyard: \(error.message)")
                if once { throw ExitCode(1) }
            }
            if once { return }
            try await Task.sleep(for: .seconds(hours * 3600))
        }
    }

    /// Trains once; what came of it, and why.
    private func train() throws -> String {
        let judged = try ledger.outcomes(encoder: encoding.encoder)
        let held = Int(Double(judged.outcomes.count) * heldBack)
        guard held > 0 else { return "not promoted: there are \(judged.outcomes.count) judged requests" }
        let rows = try encoding.rows(of: files, and: judged.outcomes.dropLast(held))
        let recent = try encoding.rows(of: [], and: Array(judged.outcomes.suffix(held)))
        let folder = RouterFolder(path: out)
        let name = folder.isThere ? try folder.manifest().router : router
        guard var recipe = RouterRecipe(name) else { return "not promoted: nobody can train a router \"\(name)\"" }
        recipe.seed = seed
        recipe.memoryRowsMax = memoryRows
        let means = Dictionary(zip(rows.set.models, rows.set.means)) { first, _ in first }
        let models = Set(rows.set.models + recent.set.models).sorted()
            .map { ModelPrior(id: ModelID($0), quality: means[$0] ?? 0.5) }
        let serving = folder.isThere ? try folder.estimator(models: models) : MeanEstimator(models: models)
        let trained = try recipe.trained(of: rows)
        let candidate = trained.estimator(as: name, models: models)
        guard let promotion = Promotion(of: candidate, over: serving, on: recent, countMin: heldBackMin, seed: seed)
        else {
            return "not promoted: no recent answer is of a model that both routers know"
        }
        guard promotion.isDue else { return "not promoted: \(promotion.reason)" }
        try folder.keepPrevious()
        try folder.write(trained, manifest(name, rows, judged, promotion))
        return "promoted to \(out): \(promotion.reason)"
    }

    private func manifest(
        _ name: String,
        _ rows: TrainingRows,
        _ judged: LedgerOutcomes,
        _ promotion: Promotion
    ) throws(DataError) -> RouterFolder.Manifest {
        RouterFolder.Manifest(
            router: name,
            data: (files.isEmpty ? "" : try OutcomeFile().digest(of: files)) + judged.digest,
            files: (files + [ledger.fromLedger].compactMap(\.self)).map { URL(filePath: $0).lastPathComponent },
            rows: rows.set.outcomes.count,
            seed: seed,
            licence: licence,
            encoder: encoding.encoder.map { URL(filePath: $0).lastPathComponent } ?? judged.encoder,
            metrics: [
                "recent.answers": Double(promotion.count), "recent.squared_error": promotion.candidateError,
                "recent.squared_error_before": promotion.servingError, "recent.gain_low": promotion.gain.low,
            ]
        )
    }
}
