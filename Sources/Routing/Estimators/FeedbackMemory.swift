public import Domain
internal import Neural

/// What a router has learned from feedback since it was trained: how far it was off on prompts like this one.
///
///     quality(model) = estimate(model) + Σ w·(score − estimate then) / (κ + Σ w)
///
/// over the nearest judged prompts that the model answered, with weights w that rise evenly from 0 for a prompt of similarity
/// `similarityMin` to 1 for an equal one. So any router that was trained on other prompts comes to know these, and without
/// feedback nearby it says what it always said. A value: whoever serves keeps one, adds to it, and swaps it whole.
public struct FeedbackMemory: Sendable {
    /// How much feedback counts.
    public struct Settings: Hashable, Sendable {
        /// At most so many nearest prompts count.
        public var neighbourCount = 60
        /// κ: so many equal prompts move an estimate half of the way.
        public var priorWeight = 4.0
        /// Prompts that are less alike count for nothing, 0 to below 1.
        public var similarityMin = 0.5

        /// The settings of Routers.md's measurements; none was searched for.
        public init() {}
    }

    /// What a prompt is known by.
    public enum Key: Hashable, Sendable {
        /// The encoder's vectors of these layers.
        case vectors([Int])
        /// The text's hashed words.
        case words

        /// The numbers of `prompt`, of unit length; `nil` where it has none.
        func numbers(of prompt: PromptEvidence) -> [Float]? {
            switch self {
            case .vectors(let layers): return NeighbourMemory.key(of: prompt.layers, layers: layers)
            case .words:
                guard !prompt.words.buckets.isEmpty else { return nil }
                var numbers = [Float](repeating: 0, count: HashedWords.bucketCount)
                for (bucket, weight) in zip(prompt.words.buckets, prompt.words.weights) {
                    numbers[Int(bucket)] = weight
                }
                return numbers
            }
        }
    }

    /// One judged answer.
    public struct Lesson: Sendable {
        /// The request; a later lesson on it takes the place of this one.
        public let id: RequestID
        /// What is known of its prompt.
        public let prompt: PromptEvidence
        /// The model that answered.
        public let model: ModelID
        /// How good the answer was, 0 to 1.
        public let score: Double

        /// A lesson with all its parts.
        public init(id: RequestID, prompt: PromptEvidence, model: ModelID, score: Double) {
            (self.id, self.prompt, self.model, self.score) = (id, prompt, model, score)
        }
    }

    /// How much feedback counts.
    public let settings: Settings
    /// What prompts are known by.
    public let key: Key
    /// The models that are estimated, in the order of estimates.
    public let models: [ModelID]
    private let columns: [ModelID: Int]
    /// How far the router was off, by the fleet's models.
    private var memory: NeighbourMemory
    private var rows: [RequestID: Int] = [:]
    private var ids: [RequestID] = []

    /// A memory for the router `estimator` that begins with `lessons`, oldest first.
    ///
    /// - Parameters:
    ///   - lessons: Those beyond the latest `rowsMax` are left out, and so are those on models that it does not estimate.
    ///   - estimator: What the lessons are held against.
    ///   - rowsMax: The oldest lesson makes room for a new one when there are so many; above 0.
    ///   - settings: How much feedback counts.
    /// - Complexity: An estimate a lesson.
    public init(
        _ lessons: [Lesson],
        of estimator: any QualityEstimator,
        rowsMax: Int,
        settings: Settings = Settings()
    ) {
        self.settings = settings
        key = estimator.layers.isEmpty ? .words : .vectors(FeatureVector.layers)
        models = estimator.models
        columns = Dictionary(
            estimator.models.enumerated().map { ($1, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var keys: [Float] = []
        var scores: [Float] = []
        // Gathered whole: to append them one by one would copy all rows for each.
        var last: [RequestID: Int] = [:]
        for (place, lesson) in lessons.enumerated() { last[lesson.id] = place }
        for (_, lesson) in lessons.enumerated().filter({ last[$1.id] == $0 }).suffix(rowsMax) {
            guard let (key, row) = Self.row(of: lesson, key, columns, estimator),
                keys.isEmpty || key.count * ids.count == keys.count
            else { continue }
            rows[lesson.id] = ids.count
            ids.append(lesson.id)
            keys += key
            scores += row
        }
        memory = NeighbourMemory(
            layers: [],
            keys: Matrix(rows: ids.count, columns: ids.isEmpty ? 0 : keys.count / ids.count, values: keys),
            scores: Matrix(rows: ids.count, columns: columns.count, values: scores),
            rowsMax: max(rowsMax, 1)
        )
    }

    /// How many lessons are remembered.
    public var count: Int { memory.count }

    /// Takes in a lesson on the router that it was made for; one on a model that this does not know says nothing.
    ///
    /// - Complexity: O(lessons), as others may be reading the memory as it was.
    public mutating func learn(_ lesson: Lesson, of estimator: any QualityEstimator) {
        guard let (key, row) = Self.row(of: lesson, key, columns, estimator) else { return }
        if let known = rows[lesson.id] { return memory.revise(row: known, scores: row) }
        guard memory.count == 0 || key.count == memory.keys.columns else { return }
        let place = memory.append(key: key, scores: row)
        if place < ids.count {
            rows[ids[place]] = nil
            ids[place] = lesson.id
        } else {
            ids.append(lesson.id)
        }
        rows[lesson.id] = place
    }

    private static func row(
        of lesson: Lesson,
        _ key: Key,
        _ columns: [ModelID: Int],
        _ estimator: any QualityEstimator
    ) -> (key: [Float], row: [Float])? {
        // Without all that it reads, the router would say something else than it did to the client.
        guard estimator.layers.allSatisfy({ lesson.prompt.layers[$0] != nil }), let column = columns[lesson.model],
            let key = key.numbers(of: lesson.prompt)
        else { return nil }
        var row = [Float](repeating: .nan, count: columns.count)
        row[column] = Float(lesson.score - estimator.estimate(lesson.prompt).qualities[column].expected)
        return (key, row)
    }

    /// What the router says of `prompt` with what feedback has taught since.
    ///
    /// A prompt with as much feedback nearby as half corrects an estimate is no longer out of domain.
    public func corrected(_ estimate: PromptEstimate, of prompt: PromptEvidence) -> PromptEstimate {
        guard count > 0, let key = key.numbers(of: prompt) else { return estimate }
        let neighbours = memory.nearest(to: key, count: settings.neighbourCount)
        var sums = [Double](repeating: 0, count: columns.count)
        var weights = sums
        for neighbour in neighbours {
            let weight = (Double(neighbour.similarity) - settings.similarityMin) / (1 - settings.similarityMin)
            guard weight > 0 else { break }
            for (column, difference) in memory.scores[row: neighbour.row].enumerated() where !difference.isNaN {
                sums[column] += weight * Double(difference)
                weights[column] += weight
            }
        }
        let total = weights.reduce(0, +)
        guard total > 0 else { return estimate }
        let qualities = estimate.qualities.enumerated().map { column, quality in
            let weight = settings.priorWeight + weights[column]
            return QualityEstimate(
                expected: min(max(quality.expected + sums[column] / weight, 0.001), 0.999),
                deviation: quality.deviation * (settings.priorWeight / weight).squareRoot()
            )
        }
        return PromptEstimate(
            qualities: qualities,
            classes: estimate.classes,
            confidence: PromptEstimate.confidence(of: qualities),
            isOutOfDomain: estimate.isOutOfDomain && total < settings.priorWeight
        )
    }
}
