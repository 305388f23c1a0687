internal import Configuration
internal import Domain
internal import Neural
internal import Routing
internal import TextEncoding

/// A classifier of prompts, on threads of its own: any sequence classifier as Hugging Face's libraries write it.
struct Classifier: Sendable {
    let pool: EncoderPool
    /// Where it was read from, and by which settings.
    private let folder: String
    private let settings: Settings.Encoder
    /// Its weights' file as it was then.
    private let mark: FileMark?

    /// The classifier that `router` names; the one in use where nothing has changed for it.
    ///
    /// It has as many threads, as long a queue and as long a wait as the encoder. It reads files, so no loop may call it.
    ///
    /// - Throws: ``GatewayStartError/router(id:path:reason:)``.
    static func make(
        _ router: Settings.LearnedRouter,
        _ settings: Settings.Encoder,
        replacing old: [LearnedRouter]
    ) throws(GatewayStartError) -> Classifier {
        let folder = router.path ?? ""
        let mark = FileMark(path: "\(folder)/model.safetensors") ?? FileMark(path: "\(folder)/\(SafetensorsIndex.name)")
        let known = old.lazy.compactMap(\.classifier).first {
            $0.folder == folder && $0.settings == settings && $0.mark == mark
        }
        if let known { return known }
        do throws(EncoderError) {
            return Classifier(
                pool: try EncoderPool(folder: folder, settings),
                folder: folder,
                settings: settings,
                mark: mark
            )
        } catch {
            throw .router(id: router.id, path: folder, reason: error.message)
        }
    }

    /// Its labels in their order, each with the tier that `router` gives it.
    ///
    /// - Throws: ``GatewayStartError/router(id:path:reason:)`` if a label has no tier, or a tier no label.
    func tiers(_ router: Settings.LearnedRouter) throws(GatewayStartError) -> [(name: String, tier: Tier)] {
        func refusal(_ reason: String) -> GatewayStartError { .router(id: router.id, path: folder, reason: reason) }
        let (known, tiers) = (pool.labels, router.labels ?? [:])
        guard !known.isEmpty else {
            throw refusal("the model has no head for classes: name a sequence classifier's folder")
        }
        guard known.count > 1 else { throw refusal("the model has one label, \(known[0]): a score, and no classes") }
        if let strange = tiers.keys.sorted().first(where: { !known.contains($0) }) {
            let nearest = nearestName(to: strange, in: known).map { "did you mean `\($0)`?" }
            let remedy = nearest ?? "its labels are \(known.joined(separator: ", "))"
            throw refusal("labels: the model has no label `\(strange)`; \(remedy)")
        }
        return try known.map { label throws(GatewayStartError) in
            guard let tier = tiers[label] else {
                throw refusal("labels: `\(label)` has no tier; add `\(label): light`, medium or heavy")
            }
            return (label, tier)
        }
    }
}
