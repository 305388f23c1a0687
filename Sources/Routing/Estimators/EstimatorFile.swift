internal import Domain
public import Neural

/// A router as a file holds it, whatever its kind.
public enum EstimatorFile {
    /// The routers that need no file.
    public static let builtIn = ["lexical", "random"]
    /// The kinds of routers that the weights of a stack make.
    public static let stacked = ["stack", "neighbours", "ensemble"]

    /// Whether a router of this kind knows something of a prompt by its text alone, without an encoder's vectors.
    public static func readsText(_ router: String) -> Bool { ["stack", "ensemble"].contains(router) }

    /// The router called `name` that needs no file; `nil` for any other name.
    public static func builtIn(_ name: String, models: [ModelPrior]) -> (any QualityEstimator)? {
        switch name {
        case "lexical": LexicalEstimator(models: models)
        case "random": RandomEstimator(models: models, seed: 1)
        default: nil
        }
    }

    /// The router in the file at `path`, bound to `models`.
    ///
    /// The file's header says what it is; where several kinds share a format, `router` says which is meant.
    ///
    /// - Parameters:
    ///   - path: A safetensors file that training wrote.
    ///   - router: `stack`, `neighbours` or `ensemble` for a stack's file; of no account for others.
    ///   - models: The models to estimate.
    /// - Returns: An estimator of these models in this order.
    /// - Throws: ``FileError``.
    public static func estimator(
        at path: String,
        as router: String,
        models: [ModelPrior]
    ) throws(FileError) -> any QualityEstimator {
        let file = try SafetensorsFile(path: path)
        guard StackWeights.isFormat(file.metadata["format"]) else { return try HeadEstimator(file, models: models) }
        return estimator(try StackWeights(file), as: router, models: models)
    }

    /// The router that `weights` make, bound to `models`.
    public static func estimator(
        _ weights: StackWeights,
        as router: String,
        models: [ModelPrior]
    ) -> any QualityEstimator {
        let neighbours = NeighbourEstimator(memory: weights.memory, names: weights.models.map(\.name), models: models)
        return switch router {
        case "neighbours": neighbours
        case "ensemble": EnsembleEstimator([StackEstimator(weights: weights, models: models), neighbours])
        default: StackEstimator(weights: weights, models: models)
        }
    }
}
