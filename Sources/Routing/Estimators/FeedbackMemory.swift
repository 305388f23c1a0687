public import Domain
internal import Neural

/// What a router has learned from feedback since it was trained: how far it was off on prompts like this one.
///
///     quality(m) = estimate(m) + common + W(m)/(κ_own + W(m)) · trust(m) · (mean(m) − common)
///     common     = Σ V(m)·mean(m) / (κ_common + Σ V(m))     with V(m) = κ_own·W(m)/(κ_own + W(m))
///
/// `mean(m)` is how far off the model's answers nearby were, a score less what was expected then, in the mean. Some of that is
/// common to all models, because a bad answer says that prompts like this are hard as well as that this model is bad at them:
/// two random effects, each held back by its κ. What is a model's own moves it past the others, so it is trusted only as far as
/// it is more than chance, `trust = max(0, 1 − variance/(mean − common)²)`: James and Stein, "Estimation with Quadratic Loss",
/// 1961, by its positive part.
///
/// W are sums of weights, which rise evenly from 0 for a prompt of similarity `similarityMin` to 1 for an equal one. So any
/// router that was trained on other prompts comes to know these, and without feedback nearby it says what it always said.
///
/// What others say is not taken at any weight: see ``Settings/keyShareMax``. A value: whoever serves keeps one, adds to it, and
/// swaps it whole.
public struct FeedbackMemory: Sendable {
    /// How much feedback counts.
    public struct Settings: Hashable, Sendable {
        /// At most so many nearest prompts count.
        public var neighbourCount = 60
        /// κ_common: the greater, the less of what is observed is taken to be common to all models.
        public var commonWeight = 16.0
        /// κ_own: so many equal prompts move a model's own part half of the way.
        public var ownWeight = 8.0
        /// Prompts that are less alike count for nothing, 0 to below 1.
        public var similarityMin = 0.5
        /// The share of the way from an estimate to the scores that one key's feedback may move it for others, 0 to 1.
        ///
        /// A client's own feedback counts in full for its own requests. Of a full memory no key takes places of others beyond
        /// this share.
        public var keyShareMax: Double

        /// The settings of Routers.md's measurements, but for the share of a key.
        public init(keyShareMax: Double = 0.5) { self.keyShareMax = keyShareMax }

        /// The sum of weights A that a key has at most: A/(κ_common + A) of the way in common, and A/(κ_own + A) of the rest.
        var keyWeightMax: Double {
            guard keyShareMax < 1 else { return .infinity }
            let (sum, difference) = ((commonWeight + ownWeight) / 2, (commonWeight - ownWeight) / 2)
            let square = difference * difference + commonWeight * ownWeight / (1 - max(keyShareMax, 0))
            return square.squareRoot() - sum
        }
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
        /// The key that says so; `nil` where requests have none.
        public let key: KeyID?

        /// A lesson with all its parts.
        public init(id: RequestID, prompt: PromptEvidence, model: ModelID, score: Double, key: KeyID?) {
            (self.id, self.prompt, self.model, self.score, self.key) = (id, prompt, model, score, key)
        }
    }

    /// How much feedback counts.
    public let settings: Settings
    /// What prompts are known by.
    public let key: Key
    /// The models that are estimated, in the order of estimates.
    public let models: [ModelID]
    private let columns: [ModelID: Int]
    /// How far the router was off, a row for each lesson.
    private var memory: NeighbourMemory
    private var places: LessonPlaces
    private var answers: [Answer]

    /// Which model a row is about, and who says so.
    private struct Answer {
        let column: Int
        let key: KeyID?
    }

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
        places = LessonPlaces(rowsMax: rowsMax, keyShareMax: settings.keyShareMax)
        // Places first and rows then: an estimate is made for what is remembered in the end alone.
        var remembered: [Int: (lesson: Lesson, known: Known)] = [:]
        var width: Int?
        for lesson in lessons {
            guard let known = Self.known(of: lesson, key, columns, estimator),
                width ?? known.key.count == known.key.count
            else {
                continue
            }
            width = known.key.count
            remembered[places.place(for: lesson.id, of: lesson.key)] = (lesson, known)
        }
        let rows = (0..<remembered.count).compactMap { remembered[$0] }
        answers = rows.map { Answer(column: $0.known.column, key: $0.lesson.key) }
        memory = NeighbourMemory(
            layers: [],
            keys: Matrix(rows: rows.count, columns: width ?? 0, values: rows.flatMap(\.known.key)),
            scores: Matrix(
                rows: rows.count,
                columns: 1,
                values: rows.map { Self.difference($0.lesson, $0.known.column, estimator) }
            ),
            rowsMax: max(rowsMax, 1)
        )
    }

    /// How many lessons are remembered.
    public var count: Int { memory.count }

    /// Takes in a lesson on the router that it was made for; one on a model that this does not know says nothing.
    ///
    /// - Complexity: O(lessons), as others may be reading the memory as it was.
    public mutating func learn(_ lesson: Lesson, of estimator: any QualityEstimator) {
        guard let known = Self.known(of: lesson, key, columns, estimator),
            memory.count == 0 || known.key.count == memory.keys.columns
        else { return }
        let difference = Self.difference(lesson, known.column, estimator)
        let place = places.place(for: lesson.id, of: lesson.key)
        memory.put(key: known.key, scores: [difference], at: place)
        let answer = Answer(column: known.column, key: lesson.key)
        if place < answers.count { answers[place] = answer } else { answers.append(answer) }
    }

    /// What a lesson is about.
    private struct Known {
        let key: [Float]
        let column: Int
    }

    /// `nil` for a lesson that says nothing to a memory with this key and these models.
    private static func known(
        of lesson: Lesson,
        _ key: Key,
        _ columns: [ModelID: Int],
        _ estimator: any QualityEstimator
    ) -> Known? {
        // Without all that it reads, the router would say something else than it did to the client.
        guard estimator.layers.allSatisfy({ lesson.prompt.layers[$0] != nil }), let column = columns[lesson.model],
            let key = key.numbers(of: lesson.prompt)
        else { return nil }
        return Known(key: key, column: column)
    }

    private static func difference(_ lesson: Lesson, _ column: Int, _ estimator: any QualityEstimator) -> Float {
        Float(lesson.score - estimator.estimate(lesson.prompt).qualities[column].expected)
    }

    /// What the router says of `prompt` with what feedback has taught since.
    ///
    /// A prompt with as much feedback nearby as half corrects an estimate is no longer out of domain.
    ///
    /// - Parameters:
    ///   - estimate: What the router says by itself.
    ///   - prompt: The prompt.
    ///   - asker: The key that asks: its own feedback counts in full.
    /// - Returns: The estimate, corrected as far as there is feedback nearby.
    public func corrected(_ estimate: PromptEstimate, of prompt: PromptEvidence, for asker: KeyID?) -> PromptEstimate {
        guard count > 0, let key = key.numbers(of: prompt) else { return estimate }
        let opinions = opinions(on: key, for: asker)
        guard !opinions.isEmpty else { return estimate }
        let correction = FeedbackCorrection(opinions, modelCount: models.count, settings: settings)
        let qualities = zip(estimate.qualities, correction.shifts).map { quality, shift in
            QualityEstimate(
                expected: min(max(quality.expected + shift.value, 0.001), 0.999),
                deviation: quality.deviation * (1 - shift.certainty).squareRoot()
            )
        }
        return PromptEstimate(
            qualities: qualities,
            classes: estimate.classes,
            confidence: PromptEstimate.confidence(of: qualities),
            isOutOfDomain: estimate.isOutOfDomain && correction.weight < settings.ownWeight,
            length: estimate.length,
            gates: estimate.gates
        )
    }

    /// What judged answers to prompts like that of `key` say, the most alike first, of no other key more than it may.
    private func opinions(on key: [Float], for asker: KeyID?) -> [FeedbackOpinion] {
        let some = opinions(among: memory.nearest(to: key, count: 4 * settings.neighbourCount), for: asker)
        // Seldom: one key's many hide what others say.
        return some ?? opinions(among: memory.nearest(to: key, count: count), for: asker) ?? []
    }

    /// `nil` where there may be more beyond `neighbours`.
    private func opinions(among neighbours: [NeighbourMemory.Neighbour], for asker: KeyID?) -> [FeedbackOpinion]? {
        let keyWeightMax = settings.keyWeightMax
        var opinions: [FeedbackOpinion] = []
        var weights: [KeyID?: Double] = [:]
        for neighbour in neighbours {
            var weight = (Double(neighbour.similarity) - settings.similarityMin) / (1 - settings.similarityMin)
            guard weight > 0, opinions.count < settings.neighbourCount else { return opinions }
            let answer = answers[neighbour.row]
            if answer.key != asker {
                let taken = weights[answer.key, default: 0]
                weight = min(weight, keyWeightMax - taken)
                guard weight > 0 else { continue }
                weights[answer.key] = taken + weight
            }
            let difference = Double(memory.scores[neighbour.row, 0])
            opinions.append(FeedbackOpinion(column: answer.column, difference: difference, weight: weight))
        }
        return neighbours.count < count ? nil : opinions
    }
}
