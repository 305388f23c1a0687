public import Neural

/// What a network is to say of each example.
public enum TrainingTargets: Sendable {
    /// The number of its class, of so many.
    case classes([Int], count: Int)
    /// How well each model answered it, 0 to 1: a row for each example; not a number where a model was not asked.
    case scores(Matrix)

    /// How many numbers the network has to put out.
    public var outputCount: Int {
        switch self {
        case .classes(_, let count): count
        case .scores(let scores): scores.columns
        }
    }
}

/// How a network that tells classes apart is charged.
public enum ClassLoss: Hashable, Sendable {
    /// The negative logarithm of the class's probability.
    case crossEntropy
    /// Cross-entropy, plus the distances within classes, plus what classes are too close to one another by.
    case interIntra(margin: Float, interWeight: Float, intraWeight: Float)
    /// Cross-entropy that counts less what is already sure.
    case focal(focus: Float, weight: Float)
    /// Cross-entropy with a part of the mass on the other classes.
    case labelSmoothing(Float)

    /// The loss of a batch, and its derivatives with respect to the logits and, if it depends on them, the embeddings.
    func callAsFunction(_ output: NetworkOutput, labels: [Int]) -> (value: Float, logits: Matrix, embeddings: Matrix?) {
        switch self {
        case .crossEntropy:
            let loss = Loss.crossEntropy(output.logits, labels: labels)
            return (loss.value, loss.gradient, nil)
        case .interIntra(let margin, let interWeight, let intraWeight):
            let loss = Loss.crossEntropy(output.logits, labels: labels)
            let distances = Loss.interIntra(
                output.embeddings,
                labels: labels,
                margin: margin,
                interWeight: interWeight,
                intraWeight: intraWeight
            )
            return (loss.value + distances.value, loss.gradient, distances.gradient)
        case .focal(let focus, let weight):
            let loss = Loss.focal(output.logits, labels: labels, focus: focus, weight: weight)
            return (loss.value, loss.gradient, nil)
        case .labelSmoothing(let smoothing):
            let loss = Loss.labelSmoothing(output.logits, labels: labels, smoothing: smoothing)
            return (loss.value, loss.gradient, nil)
        }
    }
}
