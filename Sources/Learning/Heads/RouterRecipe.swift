internal import Domain
internal import Neural
public import Routing

/// How a router is made of outcomes: what training, evaluation and the nightly refit have in common.
public struct RouterRecipe: Hashable, Sendable {
    /// Every router that can be made of outcomes, or needs none.
    public static let names = EstimatorFile.stacked + TrainedHead.Kind.allCases.map(\.rawValue) + EstimatorFile.builtIn

    /// Which router.
    public let name: String
    /// Decides all chance.
    public var seed: UInt64 = 1
    /// At most so many prompts are remembered.
    public var memoryRowsMax = StackTrainer.memoryRowsUsual

    private static let headRowsMin = 20

    /// The recipe of the router called `name`; `nil` for a name that is not in ``names``.
    public init?(_ name: String) {
        guard Self.names.contains(name) else { return nil }
        self.name = name
    }

    /// The router that `rows` teach, for the models that they know; what needs none of them is made for these too.
    ///
    /// - Throws: ``DataError/tooFew(rows:needed:)``.
    public func router(of rows: TrainingRows) throws(DataError) -> any QualityEstimator {
        // A router that knows nothing of a model has its mean to go by, as a registry has.
        let models = zip(rows.set.models, rows.set.means).map { ModelPrior(id: ModelID($0), quality: $1) }
        if let known = EstimatorFile.builtIn(name, models: models) { return known }
        return try trained(of: rows).estimator(as: name, models: models)
    }

    /// What training came to, whichever the router is.
    public enum Trained: Sendable {
        /// A stack's weights, of which three routers can be made.
        case weights(StackWeights)
        /// A head.
        case head(TrainedHead)

        /// The router called `name`, bound to `models`.
        public func estimator(as name: String, models: [ModelPrior]) -> any QualityEstimator {
            switch self {
            case .weights(let weights): EstimatorFile.estimator(weights, as: name, models: models)
            case .head(let head): HeadEstimator(head, models: models)
            }
        }
    }

    /// What `rows` teach.
    ///
    /// - Throws: ``DataError/tooFew(rows:needed:)``.
    public func trained(of rows: TrainingRows) throws(DataError) -> Trained {
        if let kind = TrainedHead.Kind(rawValue: name) { return .head(try head(kind, of: rows)) }
        return .weights(try weights(of: rows).weights)
    }

    /// The weights of a stack that `rows` teach.
    ///
    /// - Throws: ``DataError/tooFew(rows:needed:)``.
    public func weights(of rows: TrainingRows) throws(DataError) -> StackTrainer.Result {
        var trainer = StackTrainer()
        trainer.seed = seed
        trainer.memoryRowsMax = memoryRowsMax
        return try trainer.train(rows)
    }

    /// The head that `rows` teach by the usual recipe: a tenth of them, by chance, decides when to stop.
    ///
    /// - Throws: ``DataError/tooFew(rows:needed:)`` with less than 20 rows that have vectors.
    public func head(_ kind: TrainedHead.Kind, of rows: TrainingRows) throws(DataError) -> TrainedHead {
        let layers = FeatureVector.layers
        let places = rows.evidence.indices.filter { place in
            layers.allSatisfy { rows.evidence[place].layers[$0] != nil }
        }
        let values = places.map { place in layers.flatMap { rows.evidence[place].layers[$0] ?? [] } }
        guard places.count >= Self.headRowsMin, let width = values.first?.count,
            values.allSatisfy({ $0.count == width })
        else { throw .tooFew(rows: places.count, needed: Self.headRowsMin) }
        let data = HeadData(
            features: Matrix(rows: places.count, columns: width, values: values.flatMap(\.self)),
            layers: layers,
            targets: .scores(rows.set.scores.rows(places)),
            names: rows.set.models,
            tiers: []
        )
        var recipe = HeadRecipe(kind)
        recipe.training.seed = seed
        if kind == .rl {
            // Longer and faster, it learns single answers by heart.
            recipe.training.epochs = 5
            recipe.learning.learningRate = 5e-4
        }
        var generator = SeededGenerator(seed: seed)
        let shuffled = places.indices.shuffled(using: &generator)
        let held = shuffled.count / 10
        let training = HeadTraining(
            data,
            recipe: recipe,
            examples: shuffled.dropFirst(held).sorted(),
            validation: shuffled.prefix(held).sorted()
        )
        guard let head = training.run(while: { _ in true }) else { preconditionFailure("nobody interrupts it") }
        return head
    }
}
