import ArgumentParser
import Domain
import Foundation
import Learning
import Neural
import Routing
import TextEncoding

/// Scores prompts by one router, with whatever reads them for it.
struct PromptScorer {
    private static let classifierName = "classifier"

    let estimator: any QualityEstimator
    private var encoder: PromptEncoder
    private let classifier: Encoder?

    /// The router that is built in by this name, or of this folder, or of this name among `routers`.
    ///
    /// A folder with `manifest.json` is one that training wrote; one with `config.json` is a sequence classifier.
    init(_ name: String, of routers: String, models: [ModelPrior], options: ScoringOptions) throws {
        let folder = [name, "\(routers)/\(name)"].first {
            FileManager.default.fileExists(atPath: "\($0)/manifest.json")
        }
        if let known = EstimatorFile.builtIn(name, models: models) {
            (estimator, encoder, classifier) = (known, try PromptEncoder(folder: nil), nil)
        } else if folder == nil, FileManager.default.fileExists(atPath: "\(name)/config.json") {
            let classifier = try Encoder(
                folder: name,
                options: .init(precision: .float32, tokensMax: options.tokensMax)
            )
            // Else the first prompt of each length would seem slow.
            try classifier.prepare(callers: 1)
            estimator = ClassifierEstimator(
                name: Self.classifierName,
                labels: try options.tiers(of: classifier),
                models: models
            )
            (encoder, self.classifier) = (try PromptEncoder(folder: nil), classifier)
        } else {
            let router = RouterFolder(path: folder ?? name)
            guard router.isThere else {
                throw ValidationError(
                    "--router \(name) is neither a router's folder (manifest.json) nor a classifier's (config.json), and "
                        + "\(routers) has none of that name; built in are \(EstimatorFile.builtIn.joined(separator: ", "))"
                )
            }
            estimator = try router.estimator(models: models)
            let path = estimator.layers.isEmpty ? nil : try options.encoder(for: router)
            // As a gateway reads them, unless there is a file of vectors, which are exact ones.
            let cachePath = options.encoding.vectors
            encoder = try PromptEncoder(
                folder: path,
                layers: estimator.layers,
                precision: cachePath == nil ? nil : .float32,
                prunesTokens: cachePath == nil,
                cachePath: cachePath
            )
            try encoder.prepare()
            classifier = nil
        }
    }

    /// What the router expects of each model, and how long its encoder or classifier took.
    mutating func score(_ prompt: String) throws -> (estimate: PromptEstimate, encoding: Duration) {
        let start = ContinuousClock.now
        guard let classifier else {
            let evidence = try encoder.evidence(of: [prompt])
            let elapsed = ContinuousClock.now - start
            return (estimator.estimate(evidence[0]), elapsed)
        }
        let probabilities = try classifier.classify(prompt)
        let elapsed = ContinuousClock.now - start
        let evidence = PromptEvidence(of: prompt, labels: [Self.classifierName: probabilities])
        return (estimator.estimate(evidence), elapsed)
    }
}

/// What reads prompts for a router, and what a classifier's labels mean.
struct ScoringOptions {
    let encoding: EncoderOptions
    /// A classifier's labels with their tiers.
    let labels: [String: Tier]
    /// How many tokens of a prompt a classifier reads.
    let tokensMax: Int

    /// The encoder's folder: the one that is named, or came with the router, or is kept under the name that it learned from.
    ///
    /// - Throws: `ValidationError` where there is none, and the router says nothing without.
    fileprivate func encoder(for router: RouterFolder) throws -> String? {
        if let named = encoding.encoder { return named }
        let manifest = try router.manifest()
        let name = manifest.encoder
        let known = ["\(router.path)/encoder"] + (name.map { [".switchyard/encoders/\($0)"] } ?? [])
        if let found = known.first(where: { FileManager.default.fileExists(atPath: "\($0)/config.json") }) {
            return found
        }
        guard EstimatorFile.readsText(manifest.router) else {
            let encoder = name.map { "the encoder \($0)" } ?? "its encoder"
            throw ValidationError("the router goes by vectors alone: name the folder of \(encoder) (--encoder)")
        }
        if let name {
            Console.error("without the encoder \(name) (--encoder FOLDER) prompts are scored by their text alone")
        }
        return nil
    }

    /// Each label of a classifier with its tier; a middling one for all where none was told.
    fileprivate func tiers(of classifier: Encoder) throws -> [(name: String, tier: Tier)] {
        let known = classifier.labels
        guard known.count > 1 else {
            let reason = known.isEmpty ? "has no head for classes" : "has one label, which is a score and no class"
            throw ValidationError("--router: the model \(reason); name a sequence classifier's folder")
        }
        let list = known.joined(separator: ", ")
        if let strange = labels.keys.sorted().first(where: { !known.contains($0) }) {
            throw ValidationError("--label: the classifier has no label \(strange); its labels are \(list)")
        }
        if labels.isEmpty {
            Console.error("no label has a tier (--label \(known[0])=light): models are expected to be as good as ever")
        } else if let missing = known.first(where: { labels[$0] == nil }) {
            throw ValidationError("--label: \(missing) has no tier; add --label \(missing)=light, medium or heavy")
        }
        return known.map { ($0, labels[$0] ?? .medium) }
    }
}
