internal import Configuration
internal import Domain
internal import Neural
internal import Routing
internal import Wire

/// A router that has learned, by the name that settings give it.
struct LearnedRouter: Sendable {
    let id: String
    let estimator: any QualityEstimator
    /// What tells it the labels of prompts; `nil` where it needs none.
    var classifier: Classifier?
}

extension Policy {
    /// The routers of the settings, bound to the catalogue's models; classifiers are taken over from `old` ones.
    ///
    /// It reads files, so no loop may call it.
    ///
    /// - Throws: ``GatewayStartError/router(id:path:reason:)``.
    static func learnedRouters(
        _ settings: Settings,
        _ catalogue: Catalogue,
        replacing old: [LearnedRouter]
    ) throws(GatewayStartError) -> [LearnedRouter] {
        let models = catalogue.models.map { ModelPrior(id: $0.id, quality: $0.quality) }
        var routers: [LearnedRouter] = []
        for router in settings.routers where router.isThere && !router.kind.choosesModels {
            if router.kind == .classifier {
                let classifier = try Classifier.make(router, settings.encoder, replacing: old + routers)
                let estimator = ClassifierEstimator(
                    name: router.id,
                    labels: try classifier.tiers(router),
                    models: models
                )
                routers.append(LearnedRouter(id: router.id, estimator: estimator, classifier: classifier))
                continue
            }
            do throws(FileError) {
                routers.append(LearnedRouter(id: router.id, estimator: try estimator(router, models)))
            } catch {
                throw .router(id: router.id, path: router.path ?? router.kind.rawValue, reason: error.message)
            }
        }
        return routers
    }

    private static func estimator(
        _ router: Settings.LearnedRouter,
        _ models: [ModelPrior]
    ) throws(FileError) -> any QualityEstimator {
        if let known = EstimatorFile.builtIn(router.kind.rawValue, models: models) { return known }
        return try EstimatorFile.estimator(
            at: weightsPath(in: router.path ?? ""),
            as: router.kind.rawValue,
            models: models
        )
    }

    /// The router of that name.
    func learnedRouter(_ id: String) throws(GatewayError) -> LearnedRouter {
        if let router = learnedRouters.first(where: { $0.id == id }) { return router }
        throw .invalid(
            .unknownName(id, noun: "router", param: "route.router", known: routerNames)
        )
    }
}

extension GatewayService {
    /// Who says what quality to expect of each model where a request does not choose, for the log.
    public var scorer: String {
        guard let name = policy.defaultRouter else { return "the registry" }
        return encoder == nil ? "router \(name), by words alone" : "router \(name)"
    }
}
