import Domain
import Neural
public import Routing

/// Makes a router's head out of data, member by member, so that it can be interrupted and taken up again.
public final class HeadTraining {
    /// Where a training of several networks stands.
    public struct Progress: Hashable, Sendable {
        /// The number of the network that is trained now, from 0.
        public let member: Int
        /// How many there are.
        public let memberCount: Int
        /// Where its training stands.
        public let training: TrainingProgress
        /// How much of all is done, 0 to 1.
        public var share: Double { (Double(member) + training.share) / Double(max(1, memberCount)) }
    }

    private let data: HeadData
    private let recipe: HeadRecipe
    private let examples: [Int]
    private let validation: [Int]
    private let standardization: Standardization
    private let features: Matrix
    private let targets: TrainingTargets
    private let reward: RoutingReward?
    /// The networks that are done.
    public private(set) var members: [DenseNetwork] = []
    private var current: (any MemberTraining)?

    /// Training on `examples` of `data`, with `validation` to decide when to stop.
    ///
    /// - Parameters:
    ///   - data: The features and the targets.
    ///   - recipe: How it is trained.
    ///   - examples: The rows to learn from.
    ///   - validation: The rows that decide which weights are best, and that calibrate them.
    ///   - reward: What a deep Q-network is rewarded for; a right answer alone if left out.
    public init(
        _ data: HeadData,
        recipe: HeadRecipe,
        examples: [Int],
        validation: [Int],
        reward: RoutingReward? = nil
    ) {
        (self.data, self.recipe, self.examples, self.validation) = (data, recipe, examples, validation)
        self.reward = reward
        standardization = Standardization(data.features, rows: examples)
        features = standardization(data.features)
        switch data.targets {
        case .classes: targets = data.targets
        case .scores(let scores):
            targets = .scores(
                scores.mixedWithNeighbours(
                    features: features,
                    rows: examples,
                    count: recipe.neighbourCount,
                    share: recipe.neighbourShare
                )
            )
        }
    }

    /// Trains until all is done, or `goesOn` says no.
    ///
    /// - Parameter goesOn: Called after each step.
    /// - Returns: The head; `nil` if training was interrupted, and ``checkpoint()`` saves it.
    public func run(while goesOn: (Progress) -> Bool) -> TrainedHead? {
        while members.count < recipe.memberCount {
            let training = current ?? member(members.count)
            current = training
            let isDone = training.run { progress in
                goesOn(Progress(member: members.count, memberCount: recipe.memberCount, training: progress))
            }
            guard isDone else { return nil }
            members.append(finished(training.layers))
            current = nil
        }
        return head()
    }

    private func member(_ number: Int) -> any MemberTraining {
        let seed = recipe.training.seed &+ UInt64(number)
        if recipe.kind == .rl {
            var settings = recipe.learning
            settings.shape = recipe.shape
            settings.seed = seed
            return BanditTraining(
                features: features,
                targets: targets,
                reward: reward,
                examples: examples,
                validation: validation,
                epochs: recipe.training.epochs,
                patience: recipe.training.patience,
                settings: settings
            )
        }
        var settings = recipe.training
        settings.seed = seed
        let network = FeatureNetwork(recipe.shape, features: features, outputs: targets.outputCount, seed: seed)
        return SupervisedTraining(
            network: network,
            trainer: Trainer(
                network,
                targets: targets,
                examples: examples,
                validation: validation,
                settings: settings
            )
        )
    }

    /// A member in use: calibrated, and for features as the encoder gives them.
    private func finished(_ layers: [DenseLayer]) -> DenseNetwork {
        var network = DenseNetwork(layers)
        if !validation.isEmpty, recipe.kind != .rl || data.hasClasses {
            network.calibrate(logits: network(features.selecting(validation)), targets: data.targets, rows: validation)
        }
        network.layers[0] = standardization.folded(into: network.layers[0])
        return network
    }

    private func head() -> TrainedHead {
        var head = TrainedHead(recipe.kind, data, members: members, examples: examples)
        head.expertsPerPrompt = recipe.training.mixture?.expertsPerPrompt ?? 2
        return head
    }

    /// All that is needed to go on later: the networks that are done, and the one under way.
    public func checkpoint() -> TrainingCheckpoint? {
        guard var checkpoint = current?.checkpoint() else { return nil }
        for (member, network) in members.enumerated() {
            for (index, layer) in network.layers.enumerated() {
                checkpoint.tensors["done/\(member)/\(index)/weight"] = layer.weight
                checkpoint.tensors["done/\(member)/\(index)/bias"] = layer.bias
            }
        }
        return checkpoint
    }

    /// Goes on from a checkpoint of the same data and recipe.
    ///
    /// - Throws: ``TrainingError/checkpointDoesNotFit`` for another one.
    public func resume(_ checkpoint: TrainingCheckpoint) throws(TrainingError) {
        var done: [DenseNetwork] = []
        while checkpoint.tensors["done/\(done.count)/0/weight"] != nil, done.count < recipe.memberCount {
            // A network of the right shape, to be filled.
            var network = DenseNetwork(member(done.count).layers)
            for index in network.layers.indices {
                guard let weight = checkpoint.tensors["done/\(done.count)/\(index)/weight"],
                    let bias = checkpoint.tensors["done/\(done.count)/\(index)/bias"],
                    weight.hasShape(of: network.layers[index].weight), bias.hasShape(of: network.layers[index].bias)
                else { throw .checkpointDoesNotFit }
                network.layers[index].weight = weight
                network.layers[index].bias = bias
            }
            done.append(network)
        }
        let training = member(done.count)
        try training.resume(checkpoint)
        (members, current) = (done, training)
    }
}

/// One network's training, whatever it learns by.
protocol MemberTraining: AnyObject {
    /// The network in use, for standardized features.
    var layers: [DenseLayer] { get }
    /// Trains until all is done, which it says, or `goesOn` says no.
    func run(while goesOn: (TrainingProgress) -> Bool) -> Bool
    func checkpoint() -> TrainingCheckpoint
    func resume(_ checkpoint: TrainingCheckpoint) throws(TrainingError)
}

/// A network that is told what is right.
private final class SupervisedTraining: MemberTraining {
    private let network: FeatureNetwork
    private let trainer: Trainer

    init(network: FeatureNetwork, trainer: Trainer) {
        (self.network, self.trainer) = (network, trainer)
    }

    var layers: [DenseLayer] { network.head.denseLayers }
    func run(while goesOn: (TrainingProgress) -> Bool) -> Bool { trainer.run(while: goesOn) }
    func checkpoint() -> TrainingCheckpoint { trainer.checkpoint() }
    func resume(_ checkpoint: TrainingCheckpoint) throws(TrainingError) { try trainer.resume(checkpoint) }
}
