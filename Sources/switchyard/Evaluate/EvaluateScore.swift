import ArgumentParser
import Domain
import Foundation
import HTTP
import Learning
import Routing

/// `switchyard evaluate score`: what a router expects, a line for each prompt.
struct EvaluateScore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score prompts from standard input with a router.",
        discussion: """
            A line {"id", "prompt"} becomes {"id", "score": {model: expected quality}, "class", "confidence", \
            "encode_ms"}. A line that is no such object becomes {"error"}, and the exit code 1.
            """
    )

    @Option(
        help: "A router's folder, or its name: a folder in --routers, \(EstimatorFile.builtIn.joined(separator: ", "))."
    )
    var router = "stack"
    @Option(help: "Models, separated by commas; NAME=0.8 says how good a model is that nothing was learned of.")
    var models: String
    @Option(help: "Where trained routers are.") var routers = "Config/routers"
    @OptionGroup var encoding: EncoderOptions

    func run() async throws {
        do {
            try score()
        } catch let error as DataError {
            Console.error("switchyard: \(error.message)")
            throw ExitCode(1)
        }
    }

    private func score() throws {
        let estimator = try estimator(of: try priors())
        var encoder = try encoding.promptEncoder()
        var isComplete = true
        var count = 0
        while let line = readLine(strippingNewline: true) {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            count += 1
            var writer = JSONWriter()
            do {
                let (id, prompt) = try Self.prompt(on: line)
                let start = ContinuousClock.now
                let evidence = try encoder.evidence(of: [prompt])
                let elapsed = ContinuousClock.now - start
                writer.write(estimator.estimate(evidence[0]), of: estimator.models, id: id, encoding: elapsed)
            } catch let error as JSONError {
                isComplete = false
                writer.object { $0.member("error", "line \(count): \(error.message)") }
            }
            print(String(decoding: writer.bytes, as: UTF8.self))
            if count.isMultiple(of: 1000) { Console.error("scored \(count) prompts") }
        }
        guard isComplete else { throw ExitCode(1) }
    }

    private func priors() throws -> [ModelPrior] {
        try models.split(separator: ",").map { word in
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return ModelPrior(id: ModelID(String(word)), quality: .nan) }
            guard let quality = Double(parts[1]), 0...1 ~= quality else {
                throw ValidationError("\"\(word)\" is not NAME=QUALITY with a quality from 0 to 1")
            }
            return ModelPrior(id: ModelID(String(parts[0])), quality: quality)
        }
    }

    private func estimator(of priors: [ModelPrior]) throws -> any QualityEstimator {
        if let known = EstimatorFile.builtIn(router, models: priors) { return known }
        let isFolder = FileManager.default.fileExists(atPath: "\(router)/manifest.json")
        return try RouterFolder(path: isFolder ? router : "\(routers)/\(router)").estimator(models: priors)
    }

    /// The id and the prompt of a line; a number as id is taken as it is written.
    private static func prompt(on line: String) throws(JSONError) -> (id: String, prompt: String) {
        let document = try JSONDocument(parsing: Array(line.utf8), depthMax: 16)
        var id = ""
        if let value = document["id"] {
            id = try document.string(of: value) ?? String(decoding: document.rawBytes(of: value), as: UTF8.self)
        }
        guard let value = document["prompt"], let prompt = try document.string(of: value) else {
            throw JSONError(.unexpectedEnd, at: line.utf8.count)
        }
        return (id, prompt)
    }
}

extension JSONWriter {
    /// Writes an estimate as one object.
    fileprivate mutating func write(
        _ estimate: PromptEstimate,
        of models: [ModelID],
        id: String,
        encoding: Duration
    ) {
        object { line in
            line.member("id", id)
            line.object("score") { scores in
                for (model, quality) in zip(models, estimate.qualities) {
                    scores.key(named: model.rawValue)
                    scores.value(quality.expected)
                }
            }
            if estimate.outputTokens.contains(where: { !$0.isNaN }) {
                line.object("output_tokens") { tokens in
                    for (model, count) in zip(models, estimate.outputTokens) where !count.isNaN {
                        tokens.key(named: model.rawValue)
                        tokens.value(count.rounded())
                    }
                }
            }
            line.member("class", estimate.classes.first?.name)
            line.member("confidence", estimate.confidence)
            line.member(
                "encode_ms",
                Double(encoding.components.attoseconds / 1_000_000_000) / 1e6
                    + Double(encoding.components.seconds) * 1000
            )
            if estimate.isOutOfDomain { line.member("out_of_domain", true) }
        }
    }
}
