import Domain
import Foundation
import Learning
import Neural
import Testing
import TextEncoding

/// Training passes through whole encoders, on the tiny models of Tests/Fixtures/encoders.
@Suite struct TransformerTests {
    static let names = ["bert", "distilbert-labels", "roberta-labels", "modernbert-labels"]

    /// What Tests/Tools/finetune_goldens.py has of PyTorch.
    private struct Golden: Decodable {
        let texts: [String]
        let pooling: String
        let output: [Float]
        let gradients: [String: [Double]]
    }

    private static func folder(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/encoders/\(name)").path
    }

    private static func encodings(_ texts: [String], _ name: String) throws -> [Encoding] {
        let tokenizer = try Tokenizer { file in try FileBytes.read("\(folder(name))/\(file)") }
        return texts.map { tokenizer.encode($0) }
    }

    private static func encoder(
        _ name: String,
        _ pooling: TransformerEncoder.Pooling = .mean,
        layer: Int? = nil
    ) throws -> TransformerEncoder {
        try TransformerEncoder(
            folder: folder(name),
            layer: layer,
            pooling: pooling,
            dropout: 0,
            chance: Chance(seed: 1)
        )
    }

    private static func ramp(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 7) - 3 } }

    @Test(arguments: names)
    func outputsAndGradientsAreThoseOfPyTorch(name: String) throws {
        let file = try Data(contentsOf: URL(filePath: "\(Self.folder(name))/gradients.json"))
        let golden = try JSONDecoder().decode(Golden.self, from: file)
        let encoder = try Self.encoder(name, try #require(.init(rawValue: golden.pooling)))
        let output = encoder.forward(try Self.encodings(golden.texts, name), .training)
        let wanted = Matrix(rows: golden.texts.count, columns: encoder.width, values: golden.output)
        expectNear(output, wanted, "the output", within: 1e-4)
        encoder.backward(Matrix(rows: output.rows, columns: output.columns, values: Self.ramp(output.values.count)))
        var seen = 0
        for parameter in encoder.parameters {
            let key = golden.gradients.keys.first { parameter.name == $0 || parameter.name.hasSuffix("." + $0) }
            let sums = try #require(golden.gradients[key ?? ""], "\(parameter.name)")
            let gradient = parameter.gradient.values.map(Double.init)
            let found = [
                gradient.reduce(0, +), gradient.reduce(0) { $0 + $1 * $1 },
                zip(gradient, Self.ramp(gradient.count)).reduce(0) { $0 + $1.0 * Double($1.1) },
            ]
            // Single precision, relative to the gradient's own size.
            let size = max(1e-2, sums[1].squareRoot())
            #expect(abs(found[0] - sums[0]) < 2e-3 * size, "the sum of \(parameter.name)")
            #expect(abs(found[1] - sums[1]) < 2e-3 * size * size, "the squares of \(parameter.name)")
            #expect(abs(found[2] - sums[2]) < 6e-3 * size, "the ramp of \(parameter.name)")
            seen += 1
        }
        #expect(seen == golden.gradients.count)
    }

    @Test(arguments: names)
    func gradientsAreThoseOfFiniteDifferences(name: String) throws {
        let texts = try Self.encodings(["the quick fox", "over it"], name)
        let encoder = try Self.encoder(name)
        let weights = Matrix(rows: 2, columns: encoder.width, values: Self.ramp(2 * encoder.width))
        _ = encoder.forward(texts, .training)
        encoder.backward(weights)
        var generator = SeededGenerator(seed: 1)
        for parameter in encoder.parameters {
            let value = parameter.value
            let places = (0..<3).map { _ in Int.random(in: value.values.indices, using: &generator) }
            expectDerivative(parameter.gradient, of: value, parameter.name, places: places) {
                parameter.value = $0
                defer { parameter.value = value }
                return dot(encoder.forward(texts, .inference), weights)
            }
        }
    }

    /// What is written is read by the encoder in use, and gives the same vectors.
    @Test(arguments: names)
    func writesWhatTheEncoderReads(name: String) throws {
        let trained = try Self.encoder(name, layer: 1)
        for parameter in trained.parameters { parameter.value = parameter.value.nudged }
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try trained.write(from: Self.folder(name), to: folder)
        let text = "the quick brown fox"
        let vector = trained.forward(try Self.encodings([text], name), .inference)
        let used = try Encoder(folder: folder, options: .init(precision: .float32)).encode(text, layers: [1])
        expectNear(vector, Matrix(rows: 1, columns: trained.width, values: used[0]), name, within: 1e-4)
        let before = try Encoder(folder: Self.folder(name), options: .init(precision: .float32)).encode(
            text,
            layers: [1]
        )
        #expect(used != before)
        // It was trained on all tokens, so it is to be read by all.
        #expect(try !Encoder(folder: folder, options: .init(prunesTokens: true)).prunesTokens)
        #expect(try Encoder(folder: Self.folder(name), options: .init(prunesTokens: true)).prunesTokens)
    }

    /// Two classes of the same words in another order: no mean of word vectors tells them apart, but an encoder does.
    @Test func fineTuningLearnsWhatAHeadAloneCannot() throws {
        var generator = SeededGenerator(seed: 1)
        var (texts, labels): ([String], [Int]) = ([], [])
        for index in 0..<60 {
            let filler = ["quick", "brown", "lazy", "many"].randomElement(using: &generator) ?? "quick"
            texts.append(
                index.isMultiple(of: 2)
                    ? "the \(filler) fox jumps over the dog" : "the \(filler) dog jumps over the fox"
            )
            labels.append(index % 2)
        }
        let chance = Chance(seed: 1)
        let encoder = try TransformerEncoder(
            folder: Self.folder("bert"),
            pooling: .mean,
            dropout: 0.1,
            chance: chance
        )
        var shape = HeadShape.projection
        shape.hidden = [16]
        let head = RouterHead(shape, inputs: encoder.width, outputs: 2, seed: 1, chance: chance)
        let encodings = try Self.encodings(texts, "bert")
        let network = TransformerNetwork(encoder, head: head, texts: encodings, chance: chance)
        var settings = TrainingSettings()
        settings.epochs = 25
        settings.batchSize = 8
        settings.warmUpSteps = 10
        settings.learningRate = 5e-3
        settings.patience = 25
        let trainer = Trainer(
            network,
            targets: .classes(labels, count: 2),
            examples: Array(0..<40),
            validation: Array(40..<60),
            settings: settings
        )
        #expect(trainer.run { _ in true })
        let logits = network.forward(Array(40..<60), .inference).logits
        let right = (0..<20).count { (logits[$0, 1] > logits[$0, 0] ? 1 : 0) == labels[40 + $0] }
        #expect(right >= 19, "\(right) of 20")
    }

    @Test func refusesWhatItCannotTrain() throws {
        // Its activation is another approximation.
        #expect(throws: EncoderError.self) { try Self.encoder("bert-labels") }
        #expect(throws: EncoderError.self) { try Self.encoder("missing") }
        #expect(throws: EncoderError.noSuchLayer(9, count: 2)) { try Self.encoder("bert", layer: 9) }
    }
}

extension Matrix {
    /// Each value a little larger.
    fileprivate var nudged: Matrix { Matrix(rows: rows, columns: columns, values: values.map { $0 + 0.01 }) }
}
