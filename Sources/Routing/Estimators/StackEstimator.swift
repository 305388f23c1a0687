public import Domain
internal import Glibc
internal import Neural

/// Ridge regressions, neighbours and a table of tasks, stacked: the default router, as it measures best.
///
/// It works with what evidence there is: with the text alone, with the embeddings' output, or best with layers 0 and 2.
/// A model that the training data knows by name has heads of its own; any other is taken to be like those whose level is
/// near its prior.
public struct StackEstimator: QualityEstimator {
    /// The models that are estimated.
    public let models: [ModelID]
    /// Layers 0 and 2.
    public var layers: [Int] { FeatureVector.layers }
    /// Earlier prompts with their scores; what is put in its place is used from the next estimate on.
    public var memory: NeighbourMemory {
        didSet {
            precondition(memory.modelCount == weights.models.count, "scores of the same models")
            commons = Self.commons(memory, levels)
        }
    }

    private let weights: StackWeights
    /// The known models' levels.
    private let levels: [Float]
    /// The common part of each row of the memory's scores.
    private var commons: [Float]
    private let fleet: [Member]
    /// For each tier the heads of the common part and of each of the fleet's models.
    private let heads: [StackWeights.Heads]
    /// For each task, each of the fleet's models.
    private let tables: [[Float]]
    private let lengths: LengthEstimator?

    /// One of the fleet's models, as a blend of those that are known.
    private struct Member {
        let prior: Float
        let level: Float
        let slope: Float
        let calibration: [SIMD2<Float>]
        /// Known models and their shares, which add up to 1.
        let blend: [(model: Int, share: Float)]
    }

    /// An estimator of `models` with what `weights` know.
    public init(weights: StackWeights, models: [ModelPrior]) {
        self.weights = weights
        self.models = models.map(\.id)
        memory = weights.memory
        levels = weights.models.map(\.level)
        commons = Self.commons(weights.memory, levels)
        let meanSlope = weights.models.reduce(0) { $0 + $1.slope } / Float(max(weights.models.count, 1))
        let fleet = models.map { Self.member($0, weights.models, meanSlope: meanSlope) }
        heads = weights.heads.map { Self.heads($0, of: fleet) }
        tables = weights.tasks.map { task in
            fleet.map { $0.blend.reduce(0) { $0 + $1.share * task.deviations[$1.model] } }
        }
        self.fleet = fleet
        lengths = weights.lengths.map { known in
            LengthEstimator(known, models: models.map { Self.index(of: $0.id.rawValue, in: weights.models) })
        }
    }

    /// What to expect of each model for this prompt.
    public func estimate(_ prompt: PromptEvidence) -> PromptEstimate {
        let tier = FeatureVector.tier(of: prompt)
        var row = FeatureVector.row(of: prompt)
        weights.standardisation.apply(to: &row)

        let linear = heads[tier.rawValue].outputs(for: row)
        var common = linear[0]
        var deviations = Array(linear.dropFirst())
        let mixture = weights.mixtures[tier.rawValue]
        var classes: [PromptEstimate.ClassProbability] = []
        var similarity: Float?
        if tier == .full {
            classes = addTable(row, mixture, to: &common, &deviations)
            similarity = addNeighbours(of: prompt, mixture, to: &common, &deviations)
        }
        let belonging = belonging(prompt, similarity)
        let qualities = qualities(common, deviations, mixture, tier, belonging)
        return PromptEstimate(
            qualities: qualities,
            classes: classes,
            confidence: PromptEstimate.confidence(of: qualities),
            isOutOfDomain: belonging == 0,
            length: lengths?.length(for: row, tier, belonging: belonging)
        )
    }

    /// Adds what the prompt's likely tasks say, and returns these.
    private func addTable(
        _ features: [Float],
        _ mixture: StackWeights.Mixture,
        to common: inout Float,
        _ deviations: inout [Float]
    ) -> [PromptEstimate.ClassProbability] {
        guard !weights.tasks.isEmpty else { return [] }
        let scores = weights.taskHeads.outputs(for: features)
        let highest = scores.max() ?? 0
        let powers = scores.map { expf(StackWeights.taskSharpness * ($0 - highest)) }
        let total = powers.reduce(0, +)
        var classes: [PromptEstimate.ClassProbability] = []
        for (index, task) in weights.tasks.enumerated() {
            let probability = powers[index] / total
            common += mixture.tableCommon * probability * task.common
            for place in deviations.indices {
                deviations[place] += mixture.tableDeviation * probability * tables[index][place]
            }
            if probability >= 0.01 { classes.append(.init(name: task.name, probability: Double(probability))) }
        }
        return classes.sorted { $0.probability > $1.probability }
    }

    /// Adds what became of prompts like this one, and returns how much they are like it.
    private func addNeighbours(
        of prompt: PromptEvidence,
        _ mixture: StackWeights.Mixture,
        to common: inout Float,
        _ deviations: inout [Float]
    ) -> Float? {
        guard let key = NeighbourMemory.key(of: prompt.layers, layers: memory.layers) else { return nil }
        let neighbours = memory.nearest(to: key, count: StackWeights.neighbourCounts.last ?? 0)
        guard !neighbours.isEmpty else { return nil }
        var commonSum: Float = 0
        var sums = [Float](repeating: 0, count: fleet.count)
        var counts = [Float](repeating: 0, count: fleet.count)
        var size = 0
        for (rank, neighbour) in neighbours.enumerated() {
            let scores = memory.scores[row: neighbour.row]
            let shared = commons[neighbour.row]
            commonSum += shared
            for (place, member) in fleet.enumerated() {
                var sum: Float = 0
                var share: Float = 0
                for (model, part) in member.blend {
                    let score = scores[scores.startIndex + model]
                    guard !score.isNaN else { continue }
                    sum += part * (score - levels[model] - shared)
                    share += part
                }
                guard share > 0 else { continue }
                sums[place] += sum / share
                counts[place] += 1
            }
            while size < StackWeights.neighbourCounts.count,
                rank + 1 == min(StackWeights.neighbourCounts[size], neighbours.count)
            {
                common += mixture.neighboursCommon[size] * commonSum / Float(rank + 1)
                for place in sums.indices {
                    deviations[place] += mixture.neighboursDeviation[size] * sums[place] / (counts[place] + 1)
                }
                size += 1
            }
        }
        let alike = neighbours.prefix(StackWeights.domainCount)
        return alike.reduce(0) { $0 + $1.similarity } / Float(alike.count)
    }

    private func qualities(
        _ common: Float,
        _ deviations: [Float],
        _ mixture: StackWeights.Mixture,
        _ tier: FeatureVector.Tier,
        _ belonging: Float
    ) -> [QualityEstimate] {
        zip(fleet, deviations).map { member, deviation in
            let raw = member.level + common + deviation + mixture.slope * member.slope * common
            let calibration = member.calibration[tier.rawValue]
            let learned = min(max(raw * calibration.x + calibration.y, 0.001), 0.999)
            // Half of what was learned is kept even far from home: how hard a prompt is tells something everywhere.
            let trust = 0.5 + 0.5 * belonging
            let expected = member.prior + trust * (learned - member.prior)
            let spread = Self.spread(of: expected, belonging: belonging)
            return QualityEstimate(expected: Double(expected), deviation: Double(spread))
        }
    }

    /// From 0 for a prompt that is like nothing known, be it by its text or by its neighbours, to 1 for one that is at home.
    private func belonging(_ prompt: PromptEvidence, _ similarity: Float?) -> Float {
        let text = weights.text?.belonging(prompt) ?? 1
        let (low, high) = (weights.domain.x, weights.domain.y)
        guard let similarity, high > low else { return text }
        return min(text, min(max((similarity - low) / (high - low), 0), 1))
    }

    /// The deviation of an expected score: that of a mean over 60 neighbours, and a quarter more for what is unknown.
    private static func spread(of expected: Float, belonging: Float) -> Float {
        let sampling = expected * (1 - expected) / 60
        let unknown = 0.25 * (1 - belonging)
        return (sampling + unknown * unknown).squareRoot()
    }

    private static func commons(_ memory: NeighbourMemory, _ levels: [Float]) -> [Float] {
        (0..<memory.count).map { Residuals.common(memory.scores[row: $0], levels: levels) }
    }
}

extension StackEstimator {
    /// Levels this far apart count 0.6 of the same level when an unknown model is likened to known ones.
    private static let bandwidth: Float = 0.06

    private static func member(_ prior: ModelPrior, _ known: [StackWeights.Model], meanSlope: Float) -> Member {
        let quality = Float(prior.quality)
        if let index = index(of: prior.id.rawValue, in: known) {
            let model = known[index]
            return Member(
                prior: prior.quality.isNaN ? model.level : quality,
                level: model.level,
                slope: model.slope - meanSlope,
                calibration: model.calibration,
                blend: [(index, 1)]
            )
        }
        let level = quality.isNaN ? level(ofLike: prior.id.rawValue, in: known) : quality
        var blend: [(model: Int, share: Float)] = []
        for (index, model) in known.enumerated() {
            let distance = (model.level - level) / bandwidth
            // A little for all, so that a level beyond all others has neighbours too.
            blend.append((index, expf(-distance * distance / 2) + 1e-4 / (1 + distance * distance)))
        }
        let total = blend.reduce(0) { $0 + $1.share }
        blend = blend.map { ($0.model, $0.share / total) }.filter { $0.1 > 0.001 }
        let slope = blend.reduce(0) { $0 + $1.share * known[$1.model].slope }
        return Member(
            prior: level,
            level: level,
            slope: slope - meanSlope,
            calibration: FeatureVector.Tier.allCases.map { _ in SIMD2(1, 0) },
            blend: blend
        )
    }

    /// The mean level of the models whose names are most like `name`; of all if none has half of its words.
    private static func level(ofLike name: String, in known: [StackWeights.Model]) -> Float {
        let name = ModelName(name)
        let likenesses = known.map { name.likeness(to: ModelName($0.name)) }
        let best = likenesses.max() ?? 0
        let alike = zip(known, likenesses).filter { best < 0.5 || $0.1 == best }.map(\.0.level)
        return alike.reduce(0, +) / Float(max(alike.count, 1))
    }

    /// The model that is known by this name, or of which this is a release or the other way round.
    private static func index(of name: String, in known: [StackWeights.Model]) -> Int? {
        if let exact = known.firstIndex(where: { $0.name == name }) { return exact }
        let name = ModelName(name)
        let names = known.map { ModelName($0.name) }
        return names.firstIndex(of: name)
            ?? names.firstIndex { $0.isRelease(of: name) || name.isRelease(of: $0) }
    }

    /// The heads of the common part and of each member, blended.
    private static func heads(_ heads: StackWeights.Heads, of fleet: [Member]) -> StackWeights.Heads {
        let columns = heads.weights.columns
        var weights = Array(heads.weights[row: 0])
        var biases = [heads.biases[0]]
        for member in fleet {
            var row = [Float](repeating: 0, count: columns)
            var bias: Float = 0
            for (model, share) in member.blend {
                let head = heads.weights[row: model + 1]
                for (index, value) in head.enumerated() { row[index] += share * value }
                bias += share * heads.biases[model + 1]
            }
            weights += row
            biases.append(bias)
        }
        return .init(weights: Matrix(rows: fleet.count + 1, columns: columns, values: weights), biases: biases)
    }
}
