import Foundation
import Learning
import Routing

/// What a training leaves behind: a router's folder, of which the manifest tells what it was made of and how good it is.
struct TrainingResult {
    let options: HeadOptions
    let judged: LedgerOutcomes
    let head: TrainedHead
    let prompts: TrainingPrompts
    /// The figures by the name of the set that they were measured on.
    let metrics: [String: HeadMetrics]

    /// Writes the folder, removes the checkpoint, and prints the figures.
    func write() throws {
        let files = options.data + [options.validation].compactMap(\.self)
        let digest = files.isEmpty ? "" : try OutcomeFile().digest(of: files)
        let sources = files + [options.ledger.fromLedger].compactMap(\.self)
        let manifest = RouterFolder.Manifest(
            router: head.kind.rawValue,
            data: digest + (judged.outcomes.isEmpty ? "" : judged.digest),
            files: sources.map { URL(filePath: $0).lastPathComponent },
            rows: prompts.examples.count + prompts.validation.count,
            seed: options.seed,
            licence: options.licence,
            encoder: options.encoder.map { URL(filePath: $0).lastPathComponent } ?? judged.encoder,
            metrics: flatMetrics
        )
        try RouterFolder(path: options.out).write(head, manifest)
        // There may be none: it is only written when training is interrupted.
        try? FileManager.default.removeItem(atPath: options.checkpointPath)
        for (name, value) in flatMetrics.sorted(by: { $0.key < $1.key }) {
            print("\(name): \(String(format: "%.4g", value))")
        }
    }

    private var flatMetrics: [String: Double] {
        metrics.reduce(into: [:]) { flat, set in
            let name = URL(filePath: set.key).deletingPathExtension().lastPathComponent
            for (figure, value) in set.value.values { flat["\(name).\(figure)"] = value }
        }
    }
}
