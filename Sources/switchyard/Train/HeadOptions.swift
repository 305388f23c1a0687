import ArgumentParser
import Foundation
import Learning
import Neural
import Routing

/// What the trainings of all heads ask for.
struct HeadOptions: ParsableArguments {
    @Option(
        name: .long,
        help:
            "What to learn from: class data or outcomes, a JSON object a line, plain or .gz; may be given several times."
    )
    var data: [String] = []
    @OptionGroup var ledger: LedgerOptions
    @Option(help: "Data of the same kind that decides when to stop; a tenth of the other if left out.")
    var validation: String?
    @Option(name: .long, help: "More data of the same kind, to be measured on when training is over.")
    var test: [String] = []
    @Option(help: "The encoder's folder, as Hugging Face writes it; not needed for vectors that a ledger has.")
    var encoder: String?
    @Option(help: "A file that keeps what the encoder says, so that a prompt is encoded once.")
    var vectors: String?
    @Option(help: "The encoder's layers that are the features, separated by commas; 0 is the embeddings.")
    var layers = "0,2"
    @Option(help: "The folder to write to.") var out: String
    @Option(help: "Networks that are trained alike but for chance; their mean is used.") var members: Int?
    @Option(help: "How often each example is seen, at most.") var epochs: Int?
    @Option(help: "Examples a step.") var batchSize: Int?
    @Option(help: "The highest learning rate.") var learningRate: Float?
    @Option(help: "Epochs without improvement after which training ends.") var patience: Int?
    @Option(help: "Seed of all chance.") var seed: UInt64 = 1
    @Option(help: "The licence of the data, for the manifest.") var licence = "unknown"
    @Option(help: "Seconds between checkpoints in the folder, from which --resume goes on; Ctrl-C saves one too.")
    var checkpointSeconds = 60.0
    @Flag(help: "Go on from the checkpoint in the folder.") var resume = false

    /// What a line of data is, for the help of the commands.
    static let lines = """
        A line of outcomes is {"id", "prompt", "scores": {model: 0…1}}; one of class data is {"prompt", "label"}, perhaps \
        with a "tier".
        """

    func validate() throws {
        guard !data.isEmpty || ledger.fromLedger != nil else {
            throw ValidationError("give --data or --from-ledger")
        }
        guard encoder != nil || data.isEmpty && validation == nil && test.isEmpty else {
            throw ValidationError("--data, --validation and --test need an --encoder that reads their prompts")
        }
        for (name, number) in [
            ("members", members), ("epochs", epochs), ("batch-size", batchSize), ("patience", patience),
        ] {
            if let number, number < 1 { throw ValidationError("--\(name) is at least 1") }
        }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate is above 0")
        }
        guard checkpointSeconds >= 0, checkpointSeconds <= 86_400 else {
            throw ValidationError("--checkpoint-seconds is 0 to 86400")
        }
        if members ?? 1 > 64 { throw ValidationError("--members is at most 64") }
        _ = try layerNumbers()
    }

    func layerNumbers() throws -> [Int] {
        let numbers = layers.split(separator: ",").map { Int($0) }
        guard !numbers.isEmpty, !numbers.contains(where: { $0 == nil || $0 ?? 0 < 0 }) else {
            throw ValidationError("--layers are numbers from 0, separated by commas")
        }
        return numbers.compactMap(\.self)
    }

    /// The recipe of a kind, with what is asked for here.
    func recipe(_ kind: TrainedHead.Kind) -> HeadRecipe {
        var recipe = HeadRecipe(kind)
        recipe.memberCount = members ?? recipe.memberCount
        recipe.training.epochs = epochs ?? recipe.training.epochs
        recipe.training.batchSize = batchSize ?? recipe.training.batchSize
        recipe.learning.batchSize = batchSize ?? recipe.learning.batchSize
        recipe.training.learningRate = learningRate ?? recipe.training.learningRate
        recipe.learning.learningRate = learningRate ?? recipe.learning.learningRate
        recipe.training.patience = patience ?? recipe.training.patience
        recipe.training.seed = seed
        return recipe
    }

    var checkpointPath: String { path("checkpoint.safetensors") }

    /// Where an earlier training of the folder stood.
    func checkpoint() throws(TrainingError) -> TrainingCheckpoint {
        guard FileManager.default.fileExists(atPath: checkpointPath) else {
            throw .unusable("there is no checkpoint in \(out): training has ended, or not begun; leave out --resume")
        }
        return try TrainingCheckpoint(path: checkpointPath)
    }

    func path(_ name: String) -> String { URL(filePath: out, directoryHint: .isDirectory).appending(path: name).path }

    /// The data, read and split.
    func prompts(_ judged: LedgerOutcomes) throws -> TrainingPrompts {
        if let first = data.first, try LabelledPrompt.isClassData(path: first) {
            guard judged.outcomes.isEmpty else {
                throw ValidationError("\(first) has classes, and a ledger has scores: learn from one of them")
            }
            return try TrainingPrompts(
                data.flatMap { try LabelledPrompt.read(path: $0) },
                validation: validation.map { try LabelledPrompt.read(path: $0) },
                seed: seed
            )
        }
        return try TrainingPrompts(
            data.flatMap { try OutcomeFile().outcomes(at: $0) } + judged.outcomes,
            validation: validation.map { try OutcomeFile().outcomes(at: $0) },
            seed: seed
        )
    }
}
