import ArgumentParser
import Environment
import Foundation
import Learning
import Neural
import Routing
import TextEncoding

/// The training of one head, from files to files.
struct HeadRun {
    let options: HeadOptions
    let recipe: HeadRecipe
    var reward: RoutingReward?

    /// Trains, and writes the head and its manifest; or, interrupted, a checkpoint.
    func run() async throws {
        try await reportingFailures { try await train() }
    }

    private func train() async throws {
        let layers = try options.layerNumbers()
        let judged = try options.ledger.outcomes(encoder: options.encoder, layers: layers)
        let prompts = try options.prompts(judged)
        try FileManager.default.createDirectory(atPath: options.out, withIntermediateDirectories: true)
        var reader = try options.encoder.map { folder in
            let encoder = try Encoder.reading(folder, options: .init(precision: .float32))
            if let layer = layers.max(), layer > encoder.layerCount {
                throw TrainingError.unusable("\(folder) has no layer \(layer): it has \(encoder.layerCount)")
            }
            return try PromptReader(encoder, layers: layers, cachePath: options.vectors)
        }
        let data = prompts.data(features: try features(of: prompts, layers, &reader), layers: layers)
        let training = HeadTraining(
            data,
            recipe: recipe,
            examples: prompts.examples,
            validation: prompts.validation,
            reward: reward
        )
        if options.resume { try training.resume(options.checkpoint()) }
        guard let head = await trained(training) else {
            try training.checkpoint()?.write(to: options.checkpointPath)
            throw TrainingError.unusable("interrupted; go on with --resume")
        }
        var metrics: [String: HeadMetrics] = [:]
        if var reader { metrics = try prompts.metrics(of: head, on: options.test, by: &reader) }
        metrics["training"] = HeadMetrics(head, on: data, rows: prompts.examples)
        metrics["validation"] = HeadMetrics(head, on: data, rows: prompts.validation)
        try TrainingResult(options: options, judged: judged, head: head, prompts: prompts, metrics: metrics).write()
    }

    /// A row for each prompt: vectors that a ledger kept with it, or else the encoder's.
    private func features(
        of prompts: TrainingPrompts,
        _ layers: [Int],
        _ reader: inout PromptReader?
    ) throws -> Matrix {
        let unread = zip(prompts.prompts, prompts.evidence).filter { $1 == nil }.map(\.0)
        let read = try reader?.features(of: unread)
        var next = 0
        var values: [Float] = []
        for evidence in prompts.evidence {
            if let evidence {
                values += layers.flatMap { evidence.layers[$0] ?? [] }
            } else if let read {
                values += read[row: next]
                next += 1
            }
        }
        let count = prompts.prompts.count
        guard count > 0, values.count.isMultiple(of: count), !values.isEmpty else {
            throw TrainingError.unusable("there is nothing to learn from, or vectors are of different widths")
        }
        return Matrix(rows: count, columns: values.count / count, values: values)
    }

    private func trained(_ training: HeadTraining) async -> TrainedHead? {
        let interruption = await Interruption.watch()
        var bar = ProgressBar("training \(recipe.kind.rawValue)", unit: "steps")
        var steps = 0
        var saving = CheckpointSaving(options)
        defer { bar.end() }
        return training.run { progress in
            steps += 1
            saving.saveIfDue { training.checkpoint() }
            let epoch = progress.training
            let note = String(
                format: "network %d/%d, epoch %d/%d, loss %.4f, validation %.4f",
                progress.member + 1,
                progress.memberCount,
                epoch.epoch + 1,
                epoch.epochs,
                epoch.meanLoss,
                epoch.validationLoss
            )
            bar.show(progress.share, count: steps, note: note)
            return !interruption.isWanted
        }
    }
}

extension TrainingPrompts {
    /// How well `head`, which was trained on these prompts, does on those of the files.
    func metrics(
        of head: TrainedHead,
        on files: [String],
        by reader: inout PromptReader
    ) throws -> [String: HeadMetrics] {
        var metrics: [String: HeadMetrics] = [:]
        for file in files {
            let test = try like(file)
            let data = test.data(features: try reader.features(of: test.prompts), layers: head.layers)
            metrics[file] = HeadMetrics(head, on: data, rows: Array(test.prompts.indices))
        }
        return metrics
    }
}

/// Tells what went wrong with data, encoders, files, gateways or sandboxes in a line, and ends the command.
func reportingFailures(_ body: () async throws -> Void) async throws {
    let message: String
    do {
        return try await body()
    } catch let error as TrainingError {
        message = error.message
    } catch let error as DataError {
        message = error.message
    } catch let error as EncoderError {
        message = error.message
    } catch let error as FileError {
        message = error.message
    } catch let error as QualityClient.Failure {
        message = error.message
    } catch let error as Sandbox.Failure {
        message = error.message
    } catch let error as EnvironmentError {
        message = error.message
    }
    Console.error("switchyard: \(message)")
    throw ExitCode(1)
}
