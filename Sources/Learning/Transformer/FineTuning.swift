import Domain
import Foundation
import Neural
public import Routing
public import TextEncoding

/// Trains an encoder together with a head on it: slower than a head alone, and better where the encoder doesn't see what
/// matters.
public final class FineTuning {
    private let prompts: TrainingPrompts
    private let folder: String
    private let network: TransformerNetwork
    private let trainer: Trainer
    private let encodings: [Encoding]

    /// The settings of BERT's own fine-tuning: 3 epochs of 16 texts a step, warm-up to 2·10⁻⁵ in 100 steps.
    public static let usualSettings = {
        var settings = TrainingSettings()
        settings.epochs = 3
        settings.batchSize = 16
        settings.learningRate = 2e-5
        return settings
    }()

    /// Training of the encoder in a folder.
    ///
    /// - Parameters:
    ///   - prompts: What to learn from.
    ///   - folder: The encoder's, as Hugging Face's libraries write it.
    ///   - layer: The layer whose output the head sees; the highest if left out.
    ///   - tokensMax: Longer prompts lose their middle.
    ///   - settings: How it is trained.
    /// - Throws: ``EncoderError``.
    public init(
        _ prompts: TrainingPrompts,
        folder: String,
        layer: Int?,
        tokensMax: Int,
        settings: TrainingSettings
    ) throws(EncoderError) {
        (self.prompts, self.folder) = (prompts, folder)
        let chance = Chance(seed: settings.seed)
        let encoder = try TransformerEncoder(folder: folder, layer: layer, pooling: .mean, dropout: 0.1, chance: chance)
        encodings = try Self.encodings(of: prompts.prompts, folder: folder, tokensMax: tokensMax)
        let outputs = prompts.targets.outputCount
        let head = RouterHead(.projection, inputs: encoder.width, outputs: outputs, seed: settings.seed, chance: chance)
        network = TransformerNetwork(encoder, head: head, texts: encodings, chance: chance)
        trainer = Trainer(
            network,
            targets: prompts.targets,
            examples: prompts.examples,
            validation: prompts.validation,
            settings: settings
        )
    }

    private static func encodings(
        of prompts: [String],
        folder: String,
        tokensMax: Int
    ) throws(EncoderError) -> [Encoding] {
        do {
            let tokenizer = try Tokenizer { name in try FileBytes.read("\(folder)/\(name)") }
            return prompts.map { tokenizer.encode($0, truncation: .headAndTail(tokensMax, tail: tokensMax / 2)) }
        } catch let error as TokenizerError {
            throw .tokenizer(error)
        } catch let error as FileError {
            throw .unreadable(error)
        } catch {
            throw .tokenizer(.noVocabulary)
        }
    }

    /// Trains to the end, which it says, or until `goesOn` says no.
    public func run(while goesOn: (TrainingProgress) -> Bool) -> Bool { trainer.run(while: goesOn) }

    /// All that is needed to go on later.
    public func checkpoint() -> TrainingCheckpoint { trainer.checkpoint() }

    /// Goes on from a checkpoint of the same data and encoder.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit``.
    public func resume(_ checkpoint: TrainingCheckpoint) throws(TrainingError) { try trainer.resume(checkpoint) }

    /// The head in use, calibrated, and the vectors that it was trained on.
    public func finished() -> (head: TrainedHead, data: HeadData) {
        var values: [Float] = []
        for start in stride(from: 0, to: encodings.count, by: 32) {
            let batch = Array(encodings[start..<min(encodings.count, start + 32)])
            values += network.encoder.forward(batch, .inference).values
        }
        let features = Matrix(rows: encodings.count, columns: network.encoder.width, values: values)
        let data = prompts.data(features: features, layers: [network.encoder.layerCount])
        var dense = DenseNetwork(network.head.denseLayers)
        if !prompts.validation.isEmpty {
            let logits = dense(features.selecting(prompts.validation))
            dense.calibrate(logits: logits, targets: prompts.targets, rows: prompts.validation)
        }
        return (TrainedHead(.bert, data, members: [dense], examples: prompts.examples), data)
    }

    /// Writes the trained encoder into a folder of its own.
    ///
    /// - Throws: What ``TransformerEncoder/write(from:to:)`` throws.
    public func writeEncoder(to target: String) throws { try network.encoder.write(from: folder, to: target) }
}
