public import Routing
internal import Neural

/// Outcomes with what is known of their prompts: what a stack is trained on.
public struct TrainingRows: Sendable {
    /// The outcomes, their models and scores.
    public let set: OutcomeSet
    /// What is known of each prompt.
    public let evidence: [PromptEvidence]
    /// A row for each outcome, as linear learners read it before it is standardised.
    let features: Matrix
    /// A row for each outcome, of unit length; zeros where the encoder gave nothing, or vectors of another width.
    let keys: Matrix

    /// The rows of `set` with what is known of each prompt, in the same order.
    public init(_ set: OutcomeSet, evidence: [PromptEvidence]) {
        precondition(evidence.count == set.outcomes.count, "evidence for each outcome")
        self.set = set
        self.evidence = evidence
        let width = FeatureVector.layers.count * FeatureVector.layerWidth
        var features: [Float] = []
        var keys: [Float] = []
        features.reserveCapacity(evidence.count * FeatureVector.count)
        for prompt in evidence {
            features += FeatureVector.row(of: prompt)
            let key = NeighbourMemory.key(of: prompt.layers, layers: FeatureVector.layers)
            keys += key.flatMap { $0.count == width ? $0 : nil } ?? Array(repeating: 0, count: width)
        }
        self.features = Matrix(rows: evidence.count, columns: FeatureVector.count, values: features)
        self.keys = Matrix(rows: evidence.count, columns: width, values: keys)
    }

    /// Whether an encoder gave vectors that stacks and neighbours read, of some prompt at least.
    public var haveVectors: Bool { keys.values.contains { $0 != 0 } }

    private init(_ set: OutcomeSet, _ evidence: [PromptEvidence], features: Matrix, keys: Matrix) {
        self.set = set
        self.evidence = evidence
        self.features = features
        self.keys = keys
    }

    /// The rows at these places, and further ones.
    func rows(_ places: [Int], and others: [(Outcome, PromptEvidence)]) -> TrainingRows {
        TrainingRows(
            OutcomeSet(places.map { set.outcomes[$0] } + others.map(\.0)),
            evidence: places.map { evidence[$0] } + others.map(\.1)
        )
    }

    /// The rows at these places.
    public func rows(_ places: [Int]) -> TrainingRows {
        TrainingRows(
            OutcomeSet(places.map { set.outcomes[$0] }),
            places.map { evidence[$0] },
            features: features.rows(places),
            keys: keys.rows(places)
        )
    }
}
