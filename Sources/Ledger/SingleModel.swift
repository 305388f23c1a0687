public import Domain

/// What one model for everything would have taken, had it answered each request that it could.
///
/// From the tokens of the answers that were given: another model might have written more or less.
public struct SingleModel: Hashable, Sendable {
    /// The endpoint whose requests these are: an embedding model answers no chat.
    public let endpoint: String
    /// The model.
    public let model: ModelID
    /// The answers that it takes the place of: those of routed requests for which it was able.
    public let saving: Saving
    /// How many such answers there are, whoever was able.
    public let answers: Int
    /// The registry's quality of the model, as a mean over these answers.
    public let quality: Double
    /// The mean of the quality that was delivered in their place.
    public let deliveredQuality: Double?
    /// Whether it is the best of its endpoint; see ``best(of:)``.
    public internal(set) var isBest = false

    /// Marks the best of each endpoint, in hindsight: of the models that could have answered the most requests, the
    /// cheapest whose quality is at least what was delivered; where there is none, the one of the highest quality.
    static func markingBest(_ models: [SingleModel]) -> [SingleModel] {
        var models = models
        for endpoint in Set(models.map(\.endpoint)) {
            let indices = models.indices.filter { models[$0].endpoint == endpoint }
            let most = indices.map { models[$0].saving.count }.max() ?? 0
            let able = indices.filter { models[$0].saving.count == most }
            let good = able.filter { models[$0].quality >= (models[$0].deliveredQuality ?? 0) - 1e-9 }
            let best =
                good.min { models[$0].rank < models[$1].rank }
                ?? able.min { (models[$1].quality, models[$0].rank.0) < (models[$0].quality, models[$1].rank.0) }
            if let best { models[best].isBest = true }
        }
        return models
    }

    /// The cheaper first; ties to the name, so that reports agree with each other.
    private var rank: (Money, ModelID) { (saving.otherCost, model) }
}
