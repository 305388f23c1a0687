/// The numbers of a prompt's evidence in one row, as linear learners read them.
public enum FeatureVector {
    /// How much evidence there is; each kind is a tier of learners of its own.
    public enum Tier: Int, CaseIterable, Hashable, Sendable {
        /// The text alone.
        case text
        /// The text and the encoder's embeddings, which cost microseconds.
        case shallow
        /// The text and the encoder's layers 0 and 2.
        case full
    }

    /// How wide a layer is.
    public static let layerWidth = 384
    /// The layers of ``Tier/full``.
    public static let layers = [0, 2]
    /// How many numbers there are with all evidence.
    public static let count = code.upperBound

    static let textCount = SurfaceFeatures.count + HashedWords.bucketCount
    /// How the text is built as code: last, as earlier trainings have not seen it.
    package static let code = layersEnd..<layersEnd + CodeFeatures.count
    static let layersEnd = textCount + layers.count * layerWidth

    /// The ranges of a row that linear learners are fitted on: all of a tier's own, but words only with the text alone.
    ///
    /// Words and layers say much the same; fitted apart and then stacked, each is shrunk as it needs.
    public static func ranges(of tier: Tier) -> [Range<Int>] {
        let surface = 0..<SurfaceFeatures.count
        return switch tier {
        case .text: [0..<textCount, code]
        case .shallow: [surface, textCount..<textCount + layerWidth, code]
        case .full: [surface, textCount..<count]
        }
    }

    /// The tier that `evidence` allows.
    public static func tier(of evidence: PromptEvidence) -> Tier {
        guard evidence.layers[0]?.count == layerWidth else { return .text }
        return evidence.layers[2]?.count == layerWidth ? .full : .shallow
    }

    /// The row of `evidence`, with zeros where there is none, and no number where none was looked for.
    public static func row(of evidence: PromptEvidence) -> [Float] {
        var row = [Float](repeating: 0, count: count)
        for (index, value) in evidence.surface.values.enumerated() { row[index] = value }
        for (bucket, weight) in zip(evidence.words.buckets, evidence.words.weights) {
            row[SurfaceFeatures.count + Int(bucket)] = weight
        }
        for (place, layer) in layers.enumerated() {
            guard let states = evidence.layers[layer], states.count == layerWidth else { continue }
            let start = textCount + place * layerWidth
            for (index, value) in states.enumerated() where value.isFinite { row[start + index] = value }
        }
        for index in code { row[index] = evidence.code?.values[index - code.lowerBound] ?? .nan }
        return row
    }
}

/// Brings each feature to mean 0 and to the size that its kind should have beside the others.
public struct Standardisation: Hashable, Sendable {
    /// What is taken off each feature.
    public let means: [Float]
    /// What it is multiplied with then.
    public let scales: [Float]

    /// Means and scales, one of each for every feature.
    public init(means: [Float], scales: [Float]) {
        precondition(means.count == scales.count, "a scale for each mean")
        self.means = means
        self.scales = scales
    }

    /// `row` as learners see it; what is no number counts as usual.
    public func apply(to row: inout [Float]) {
        precondition(row.count == means.count, "a row has the features that were standardised")
        for index in row.indices { row[index] = row[index].isNaN ? 0 : (row[index] - means[index]) * scales[index] }
    }
}
