public import Neural

/// All that training has found out, as a file holds it.
///
/// A score is taken apart into the model's level, what is common to all models on this prompt, and the model's own
/// deviation from both, because the three need different amounts of shrinking:
///
///     score[m] = level[m] + common(prompt) + deviation[m](prompt)
///
/// The gain of one model over another is the difference of their deviations; the common part, how hard the prompt is,
/// takes part in it only as far as a model's slope says.
public struct StackWeights: Sendable {
    /// A linear map for each target: the common part first, then each model's deviation.
    public struct Heads: Sendable {
        /// A row for each target, a column for each feature.
        public var weights: Matrix
        /// Added to each target.
        public var biases: [Float]

        /// Heads of these weights and biases.
        public init(weights: Matrix, biases: [Float]) {
            precondition(weights.rows == biases.count, "a bias for each target")
            self.weights = weights
            self.biases = biases
        }

        /// What they make of one row of features.
        func outputs(for features: [Float]) -> [Float] {
            zip(weights.products(with: features), biases).map(+)
        }
    }

    /// What a tier's learners are worth beside each other.
    public struct Mixture: Hashable, Sendable {
        /// For each size of neighbourhood, its share in the common part.
        public var neighboursCommon: [Float]
        /// The same in deviations.
        public var neighboursDeviation: [Float]
        /// The share of the table of tasks in the common part.
        public var tableCommon: Float
        /// The same in deviations.
        public var tableDeviation: Float
        /// How much of the common part goes into deviations, by the models' slopes.
        public var slope: Float

        /// Shares of each learner.
        public init(
            neighboursCommon: [Float],
            neighboursDeviation: [Float],
            tableCommon: Float,
            tableDeviation: Float,
            slope: Float
        ) {
            self.neighboursCommon = neighboursCommon
            self.neighboursDeviation = neighboursDeviation
            self.tableCommon = tableCommon
            self.tableDeviation = tableDeviation
            self.slope = slope
        }
    }

    /// A model of the training data.
    public struct Model: Hashable, Sendable {
        /// Its name there.
        public let name: String
        /// Its expected score on a prompt that is as hard as most.
        public let level: Float
        /// How much its score moves when the mean of all moves by 1.
        public let slope: Float
        /// What its raw estimates are multiplied with, and what is added then, for each tier in order.
        public var calibration: [SIMD2<Float>]

        /// A model with all its figures.
        public init(name: String, level: Float, slope: Float, calibration: [SIMD2<Float>]) {
            self.name = name
            self.level = level
            self.slope = slope
            self.calibration = calibration
        }
    }

    /// What is known of a kind of prompts.
    public struct Task: Hashable, Sendable {
        /// Its label.
        public let name: String
        /// The common part over its prompts.
        public let common: Float
        /// Each model's deviation over its prompts.
        public let deviations: [Float]

        /// A kind of prompts, with a deviation for each model.
        public init(name: String, common: Float, deviations: [Float]) {
            self.name = name
            self.common = common
            self.deviations = deviations
        }
    }

    /// How long answers are, as a ratio to what is usual of a model: so what is learned of one traffic holds for another.
    ///
    /// The ratio is one for all models. What makes one's answer long makes others' long, and ratios of their own, learned with
    /// more noise, would make now this model look dear and now that one.
    public struct Lengths: Sendable {
        /// For each tier a single row: a linear map to the logarithm of the ratio, which is 1 in the mean over the training.
        public var heads: [Heads]
        /// For each model the tokens of an answer of ratio 1; not a number where nothing is known of the model.
        public var usual: [Float]

        /// No answer is expected to be shorter or longer than the usual one by more.
        ///
        /// Of prompts of five benchmarks and Arena-Hard, the shipped weights foresee 99 answers in 100 to be between 0.4 and 2.1;
        /// beyond, a straight line in logarithms speaks of what nobody has seen.
        public static let ratios: ClosedRange<Float> = 0.25...4

        /// A head for each tier, and a usual length for each model.
        public init(heads: [Heads], usual: [Float]) {
            precondition(heads.allSatisfy { $0.biases.count == 1 }, "one head a tier")
            (self.heads, self.usual) = (heads, usual)
        }
    }

    /// Sizes of neighbourhoods, rising.
    public static let neighbourCounts = [20, 60, 200]
    /// The sharpness with which regressions on tasks become probabilities.
    public static let taskSharpness: Float = 10
    /// Neighbours whose mean similarity says how far a prompt is from all that is known.
    public static let domainCount = 10

    /// The models, by name.
    public var models: [Model]
    /// The tasks; empty if the data had no labels.
    public var tasks: [Task]
    /// How features are brought to size.
    public var standardisation: Standardisation
    /// For each tier its linear learners, already weighed and added up.
    public var heads: [Heads]
    /// For each tier the shares of what is not linear.
    public var mixtures: [Mixture]
    /// A row for each task.
    public var taskHeads: Heads
    /// Prompts with their scores.
    public var memory: NeighbourMemory
    /// Mean similarities of neighbours: out of the domain below the first, at home above the second.
    public var domain: SIMD2<Float>
    /// Which texts are at home; `nil` for weights of trainings that did not look.
    public var text: TextDomain?
    /// How long answers are; `nil` where training saw no lengths.
    public var lengths: Lengths?

    /// Weights with all their parts.
    public init(
        models: [Model],
        tasks: [Task],
        standardisation: Standardisation,
        heads: [Heads],
        mixtures: [Mixture],
        taskHeads: Heads,
        memory: NeighbourMemory,
        domain: SIMD2<Float>,
        text: TextDomain? = nil,
        lengths: Lengths? = nil
    ) {
        self.models = models
        self.tasks = tasks
        self.standardisation = standardisation
        self.heads = heads
        self.mixtures = mixtures
        self.taskHeads = taskHeads
        self.memory = memory
        self.domain = domain
        self.text = text
        self.lengths = lengths
    }
}
