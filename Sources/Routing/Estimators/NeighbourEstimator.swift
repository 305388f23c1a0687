public import Domain
internal import Neural

/// The memory alone: how models scored on the prompts that are most like this one.
///
///     quality(model) = (κ · prior(model) + Σ score) / (κ + n)     over the n of k neighbours that the model was asked
///
/// With a small prior weight κ = 4. It learns with each outcome that is appended, without any training: the kNN router of
/// "Rethinking Predictive Modeling for LLM Routing", 2025, <https://arxiv.org/abs/2505.12601>.
public struct NeighbourEstimator: QualityEstimator {
    /// The models that are estimated.
    public let models: [ModelID]
    /// Those of the memory's keys.
    public var layers: [Int] { memory.layers }
    /// Earlier prompts with their scores; what is put in its place is used from the next estimate on.
    public var memory: NeighbourMemory

    private let priors: [Double]
    /// For each model its column in the memory, if it has one.
    private let columns: [Int?]
    private let count: Int

    private static let priorWeight = 4.0
    /// Nearest neighbours less alike than this in the mean are no neighbours.
    private static let similarityMin: Float = 0.5

    /// An estimator of `models` by `memory`.
    ///
    /// - Parameters:
    ///   - memory: Earlier prompts.
    ///   - names: What the memory's columns are called.
    ///   - models: The models to estimate; those of no column have their prior alone.
    ///   - count: How many neighbours are asked; 40 to 100 are best where there are some thousand outcomes.
    public init(memory: NeighbourMemory, names: [String], models: [ModelPrior], count: Int = 60) {
        self.memory = memory
        self.models = models.map(\.id)
        let known = names.map(ModelName.init)
        let columns = models.map { model in
            names.firstIndex(of: model.id.rawValue) ?? known.firstIndex(of: ModelName(model.id.rawValue))
        }
        self.columns = columns
        priors = zip(models, columns).map { model, column in
            model.quality.isNaN ? column.map { Self.mean(of: $0, in: memory) } ?? 0.5 : model.quality
        }
        self.count = max(count, 1)
    }

    /// What to expect of each model for this prompt.
    public func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
        let key = NeighbourMemory.key(of: prompt.layers, layers: memory.layers)
        let neighbours = key.map { memory.nearest(to: $0, count: count) } ?? []
        let alike = neighbours.prefix(StackWeights.domainCount)
        let similarity = alike.reduce(0) { $0 + $1.similarity } / Float(max(alike.count, 1))
        let qualities = zip(columns, priors).map { column, prior in
            var sum = Self.priorWeight * prior
            var weight = Self.priorWeight
            if let column {
                for neighbour in neighbours {
                    let score = memory.scores[neighbour.row, column]
                    guard !score.isNaN else { continue }
                    sum += Double(score)
                    weight += 1
                }
            }
            let expected = min(max(sum / weight, 0), 1)
            return QualityEstimate(
                expected: expected,
                deviation: (expected * (1 - expected) / weight).squareRoot()
            )
        }
        return PromptEstimate(
            qualities: qualities,
            confidence: PromptEstimate.confidence(of: qualities),
            isOutOfDomain: similarity < Self.similarityMin
        )
    }

    private static func mean(of column: Int, in memory: NeighbourMemory) -> Double {
        var (sum, count) = (0.0, 0.0)
        for row in 0..<memory.count where !memory.scores[row, column].isNaN {
            sum += Double(memory.scores[row, column])
            count += 1
        }
        return count > 0 ? sum / count : 0.5
    }
}
