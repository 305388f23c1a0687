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
            "encode_ms"}, in the order of the lines. A line that is no such object becomes {"id", "error"}, and the exit \
            code 1. The router may also be a sequence classifier as Hugging Face's libraries write it: its label is the \
            class, and --label tells how able a model such prompts need.
            """
    )

    @Option(
        help:
            "A router's or a classifier's folder, or a name: a folder in --routers, \(EstimatorFile.builtIn.joined(separator: ", "))."
    )
    var router = "stack"
    @Option(help: "Models, separated by commas; NAME=0.8 says how good a model is that nothing was learned of.")
    var models: String
    @Option(help: "Where trained routers are.") var routers = "Config/routers"
    @Option(help: "What tier a classifier's label asks for, LABEL=light, medium or heavy; once for each label.")
    var label: [String] = []
    @Option(help: "How many tokens of a prompt a classifier reads, its beginning and its end.") var tokensMax = 512
    @OptionGroup var encoding: EncoderOptions

    func validate() throws {
        guard (4...4096).contains(tokensMax) else { throw ValidationError("--tokens-max is 4 to 4096") }
        guard !models.split(separator: ",").isEmpty else { throw ValidationError("--models names at least one") }
        _ = try (priors(), tiers())
    }

    func run() async throws { try await reportingFailures { try score() } }

    private func score() throws {
        let options = ScoringOptions(encoding: encoding, labels: try tiers(), tokensMax: tokensMax)
        var scorer = try PromptScorer(router, of: routers, models: try priors(), options: options)
        var isComplete = true
        for line in PromptLines() {
            var writer = JSONWriter()
            do {
                let (estimate, elapsed) = try scorer.score(try line.prompt.get())
                writer.write(estimate, of: scorer.estimator.models, id: line.id, encoding: elapsed)
            } catch let error as PromptLines.Complaint {
                isComplete = false
                writer.object { object in
                    object.member("id", line.id)
                    object.member("error", "line \(line.number): \(error.message)")
                }
            }
            print(String(decoding: writer.bytes, as: UTF8.self))
            fflush(nil)
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

    private func tiers() throws -> [String: Tier] {
        var tiers: [String: Tier] = [:]
        for word in label {
            // A label may have such a sign of its own.
            guard let place = word.lastIndex(of: "="),
                let tier = [Tier.light, .medium, .heavy].first(where: {
                    $0.rawValue == word[word.index(after: place)...]
                })
            else { throw ValidationError("\"\(word)\" is not LABEL=TIER with the tier light, medium or heavy") }
            tiers[String(word[..<place])] = tier
        }
        return tiers
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
            if let length = estimate.length {
                line.object("output_tokens") { tokens in
                    for (model, count) in zip(models, length.tokens) {
                        guard let count else { continue }
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
