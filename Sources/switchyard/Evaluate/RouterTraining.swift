import ArgumentParser
import Foundation
import Learning
import Routing

/// What `evaluate fit`, `train stack` and `train neighbours` share: files of outcomes in, a router's folder out.
struct RouterTraining {
    let router: String
    let files: [String]
    var ledger: LedgerOptions?
    /// A file of outcomes to be measured on.
    var holdOut: String?
    let out: String
    let memoryRows: Int
    let seed: UInt64
    let licence: String

    func run(_ encoding: EncoderOptions) throws {
        guard EstimatorFile.stacked.contains(router) else {
            throw ValidationError(
                "there is nothing to fit in a router \"\(router)\": \(EstimatorFile.stacked.joined(separator: ", "))"
            )
        }
        do {
            try train(encoding)
        } catch let error as DataError {
            Console.error("switchyard: \(error.message)")
            throw ExitCode(1)
        }
    }

    private func train(_ encoding: EncoderOptions) throws {
        let judged = try ledger?.outcomes(encoder: encoding.encoder)
        let rows = try encoding.rows(of: files, and: judged?.outcomes ?? [], holdingOut: holdOut)
        guard router == "stack" || rows.haveVectors else {
            throw ValidationError(
                "\(router): neighbours are found by vectors of \(FeatureVector.layerWidth) values, and there are none: name an "
                    + "--encoder such as all-MiniLM-L6-v2, or train a stack"
            )
        }
        var trainer = StackTrainer()
        trainer.seed = seed
        trainer.memoryRowsMax = memoryRows
        let result = try trainer.train(rows)
        let manifest = RouterFolder.Manifest(
            router: router,
            data: (files.isEmpty ? "" : try OutcomeFile().digest(of: files)) + (judged?.digest ?? ""),
            files: (files + [ledger?.fromLedger].compactMap(\.self)).map { URL(filePath: $0).lastPathComponent },
            rows: rows.set.outcomes.count,
            seed: seed,
            licence: licence,
            encoder: encoding.encoder.map { URL(filePath: $0).lastPathComponent } ?? judged?.encoder,
            // Measured while the stack was trained: of nothing else.
            metrics: router == "stack" ? result.metrics(of: rows.set) : [:]
        )
        try RouterFolder(path: out).write(result.weights, manifest)
        let error = manifest.metrics["ece"].map { String(format: ", ECE %.3f", $0) } ?? ""
        Console.error("\(out): outcomes: \(rows.set.outcomes.count), models: \(rows.set.models.count)\(error)")
    }
}

extension EncoderOptions {
    /// The outcomes of `files`, and others, but for contaminated ones, with what is known of their prompts.
    ///
    /// - Parameters:
    ///   - files: Files of outcomes.
    ///   - others: Further outcomes.
    ///   - heldOut: A file of outcomes; what asks the same as one of its prompts is left out.
    /// - Returns: A row for each of them.
    /// - Throws: ``DataError`` and ``EncoderError``.
    func rows(of files: [String], and others: [Outcome] = [], holdingOut heldOut: String? = nil) throws -> TrainingRows
    {
        var outcomes = others
        for file in files { outcomes += try OutcomeFile().outcomes(at: file) }
        outcomes.removeAll { $0.isContaminated || $0.scores.isEmpty }
        if let heldOut {
            let prompts = try OutcomeFile().outcomes(at: heldOut).map(\.prompt)
            let held = HeldOutPrompts(prompts, from: outcomes.map(\.prompt))
            let count = outcomes.count
            outcomes.removeAll { held.ask($0.prompt) }
            Console.error("held out: \(count - outcomes.count) of \(count) outcomes")
        }
        let set = OutcomeSet(outcomes)
        var encoder = try promptEncoder()
        let reading = ProgressLine("reading prompts")
        let count = set.outcomes.count
        let evidence = try encoder.evidence(of: set.outcomes) { reading.show($0, of: count) }
        let strange = evidence.lazy.compactMap { $0.layers[0]?.count }.first { $0 != FeatureVector.layerWidth }
        if let strange {
            Console.error(
                "stacks and neighbours read vectors of \(FeatureVector.layerWidth) values, and the encoder's have \(strange): "
                    + "they learn from the text alone (heads read any: switchyard train bert)"
            )
        }
        return TrainingRows(set, evidence: evidence)
    }
}

/// `switchyard evaluate fit`: a router for outcomes of one's own.
struct EvaluateFit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Fit a router to outcomes.",
        discussion: """
            \(StackOptions.lines) \
            switchyard evaluate score --router DIR uses the result.
            """
    )

    @Option(parsing: .upToNextOption, help: "Files of outcomes, plain or .gz.") var train: [String]
    @Option(help: "Which router: \(EstimatorFile.stacked.joined(separator: ", ")).") var router = "stack"
    @Option(help: "The folder to write.") var out: String
    @Option(help: "At most so many prompts are remembered.") var memoryRows = StackTrainer.memoryRowsUsual
    @Option(help: "Decides all chance.") var seed: UInt64 = 1
    @Option(help: "What the data may be used for, for the manifest.") var licence = "unknown"
    @OptionGroup var encoding: EncoderOptions

    func run() async throws {
        try RouterTraining(
            router: router,
            files: train,
            out: out,
            memoryRows: memoryRows,
            seed: seed,
            licence: licence
        ).run(encoding)
    }
}
