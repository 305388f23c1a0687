import ArgumentParser
import Foundation
import Learning
import Neural
import Routing
import TextEncoding

/// The training of an encoder with a head on it, from files to files.
struct FineTuneRun {
    let options: HeadOptions
    let loss: ClassLoss
    let tokensMax: Int

    /// Trains, and writes the encoder, the head and the manifest; or, interrupted, a checkpoint.
    func run() async throws {
        try await reportingFailures { try await train() }
    }

    private func train() async throws {
        guard let source = options.encoder else {
            throw ValidationError("--fine-tune needs the --encoder to begin with")
        }
        guard options.ledger.fromLedger == nil else {
            throw ValidationError("--fine-tune reads texts, and takes --data alone")
        }
        let judged = LedgerOutcomes([], encoder: nil, layers: [])
        let prompts = try options.prompts(judged)
        try FileManager.default.createDirectory(atPath: options.out, withIntermediateDirectories: true)
        let tuning = try FineTuning(
            prompts,
            folder: source,
            layer: try options.layerNumbers()[0],
            tokensMax: tokensMax,
            settings: settings
        )
        if options.resume { try tuning.resume(options.checkpoint()) }
        guard await isTrained(tuning) else {
            try tuning.checkpoint().write(to: options.checkpointPath)
            throw TrainingError.unusable("interrupted; go on with --resume")
        }
        let (head, data) = tuning.finished()
        let folder = options.path("encoder")
        try tuning.writeEncoder(to: folder)
        // As the gateway will see them: read back, by the encoder in use.
        let encoder = try Encoder(folder: folder, options: .init(precision: .float32, tokensMax: tokensMax))
        var reader = try PromptReader(encoder, layers: head.layers)
        var metrics = try prompts.metrics(of: head, on: options.test, by: &reader)
        metrics["training"] = HeadMetrics(head, on: data, rows: prompts.examples)
        metrics["validation"] = HeadMetrics(head, on: data, rows: prompts.validation)
        try TrainingResult(options: options, judged: judged, head: head, prompts: prompts, metrics: metrics).write()
    }

    private var settings: TrainingSettings {
        var settings = FineTuning.usualSettings
        settings.epochs = options.epochs ?? settings.epochs
        settings.batchSize = options.batchSize ?? settings.batchSize
        settings.learningRate = options.learningRate ?? settings.learningRate
        settings.patience = options.patience ?? settings.patience
        settings.seed = options.seed
        settings.loss = loss
        return settings
    }

    private func isTrained(_ tuning: FineTuning) async -> Bool {
        let interruption = await Interruption.watch()
        var bar = ProgressBar("fine-tuning", unit: "steps")
        var steps = 0
        var saving = CheckpointSaving(options)
        defer { bar.end() }
        return tuning.run { progress in
            steps += 1
            saving.saveIfDue { tuning.checkpoint() }
            let note = String(
                format: "epoch %d/%d, loss %.4f, validation %.4f",
                progress.epoch + 1,
                progress.epochs,
                progress.meanLoss,
                progress.validationLoss
            )
            bar.show(progress.share, count: steps, note: note)
            return !interruption.isWanted
        }
    }
}
