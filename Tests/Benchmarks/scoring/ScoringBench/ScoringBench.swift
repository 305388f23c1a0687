import Domain
import Glibc
import Neural
import Routing
import TextEncoding

/// How long the default router's scoring takes on one thread, by its steps, without a gateway around it.
///
///     swift run -c release ScoringBench ENCODER WEIGHTS [rounds]
///
/// ENCODER is MiniLM's folder, WEIGHTS a router's file (`Config/routers/stack/router.safetensors`). For prompts of 64 and
/// 128 word pieces that differ, in each precision of the encoder: the median and the least milliseconds of the vectors, of
/// the evidence in the text, and of the estimate.
@main
enum ScoringBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2 else { return print("usage: ScoringBench ENCODER WEIGHTS [rounds]") }
        let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 400 : 400
        let models = ["a", "b"].map { ModelPrior(id: ModelID($0), quality: 0.5) }
        let estimator = try EstimatorFile.estimator(at: arguments[2], as: "stack", models: models)
        for precision in [nil] + Precision.allCases.filter(\.isSupported).map(Optional.some) {
            let encoder = try Encoder(folder: arguments[1], options: .init(precision: precision, prunesTokens: true))
            for pieces in [64, 128] {
                var generator = SeededGenerator(seed: UInt64(pieces))
                let times = try (0..<rounds).map { _ in
                    try Times(of: text(pieces: pieces, using: &generator), encoder, estimator)
                }
                let name = precision.map(\.rawValue) ?? "automatic (\(encoder.precision))"
                print("\(name), \(pieces) word pieces, milliseconds (median, least)")
                for (step, time) in Times.steps {
                    let sorted = times.map(time).sorted()
                    print("    \(step): \(rounded(sorted[rounds / 2])), \(rounded(sorted[0]))")
                }
            }
        }
    }

    /// How long each step took.
    struct Times {
        let vectors, evidence, estimate: Double
        var all: Double { vectors + evidence + estimate }

        static let steps: [(String, @Sendable (Times) -> Double)] = [
            ("vectors", { $0.vectors }), ("evidence", { $0.evidence }), ("estimate", { $0.estimate }),
            ("all", { $0.all }),
        ]

        init(of text: String, _ encoder: Encoder, _ estimator: any QualityEstimator) throws {
            let clock = ContinuousClock()
            let start = clock.now
            let layers = try encoder.encode(text, layers: estimator.layers)
            let encoded = clock.now
            let evidence = PromptEvidence(
                of: text,
                layers: Dictionary(uniqueKeysWithValues: zip(estimator.layers, layers))
            )
            let seen = clock.now
            let estimate = estimator.estimate(evidence)
            let end = clock.now
            precondition(!estimate.qualities.isEmpty, "an estimate for each model")
            vectors = (encoded - start) / .milliseconds(1)
            self.evidence = (seen - encoded) / .milliseconds(1)
            self.estimate = (end - seen) / .milliseconds(1)
        }
    }

    /// A prompt of so many word pieces, those that frame it included.
    static func text(pieces: Int, using generator: inout SeededGenerator) -> String {
        let words =
            "the of and in to was he is as for on with that it his by at from her she you had an were but be this"
            .split(separator: " ")
        return (2..<pieces).map { _ in words.randomElement(using: &generator) ?? "the" }.joined(separator: " ")
    }

    static func rounded(_ time: Double) -> Double { (time * 1000).rounded() / 1000 }
}
