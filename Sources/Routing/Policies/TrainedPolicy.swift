public import Neural

/// A policy of `switchyard train ppo` or `dqn`: which model it wants in which situation, and what it takes to tell it that.
///
/// Its file has the layers `policy.0.weight`, `policy.0.bias` and so on, and in its metadata what its observations are made of;
/// what a training needs to go on may be there as well, and is not read.
public struct TrainedPolicy: Hashable, Sendable {
    /// What an observation is made of beside a prompt's complexity, the time of day, and what is left of the budget.
    public struct Observation: Hashable, Sendable {
        /// Tokens of a prompt whose length counts as 1; longer ones do too.
        public var tokensOfFullLength: Double
        /// Requests at a model that count as 1; more do too.
        public var maxQueueDepth: Double
        /// Whether it tells the quality that the prompt requires.
        public var includesQualityRequired: Bool
        /// Whether it tells how much of the budget's time is left, as its last number.
        public var includesStepsRemaining: Bool

        /// An observation of these parts.
        public init(
            tokensOfFullLength: Double,
            maxQueueDepth: Double,
            includesQualityRequired: Bool,
            includesStepsRemaining: Bool
        ) {
            (self.tokensOfFullLength, self.maxQueueDepth) = (tokensOfFullLength, maxQueueDepth)
            self.includesQualityRequired = includesQualityRequired
            self.includesStepsRemaining = includesStepsRemaining
        }

        /// How many numbers it has, for so many models.
        func size(models: Int) -> Int {
            models + 4 + (includesQualityRequired ? 1 : 0) + (includesStepsRemaining ? 1 : 0)
        }
    }

    /// The layers.
    public let network: PolicyNetwork
    /// The names of the models that it chooses among, in the order of its outputs.
    public let models: [String]
    /// What it is shown.
    public let observation: Observation

    /// A policy of these parts.
    ///
    /// - Precondition: The network takes such an observation, and has an output for each model.
    public init(_ network: PolicyNetwork, models: [String], observation: Observation) {
        precondition(network.outputs == models.count && network.inputs == observation.size(models: models.count))
        (self.network, self.models, self.observation) = (network, models, observation)
    }

    /// Reads a file's policy.
    ///
    /// - Throws: ``FileError/malformed(reason:)`` if it has none, or one that does not fit together.
    public init(_ file: SafetensorsFile) throws(FileError) {
        guard file.metadata["kind"] == Self.kind, let names = file.metadata["models"] else {
            throw .malformed(reason: "it is no policy of switchyard train ppo or dqn")
        }
        models = names.split(separator: "\n").map(String.init)
        network = try PolicyNetwork(file)
        observation = Observation(
            tokensOfFullLength: try Self.number("tokens_of_full_length", in: file, else: 4096),
            maxQueueDepth: try Self.number("max_queue_depth", in: file, else: 50),
            includesQualityRequired: file.metadata["includes_quality_required"] == "true",
            includesStepsRemaining: file.metadata["includes_steps_remaining"] == "true"
        )
        guard network.outputs == models.count, network.inputs == observation.size(models: models.count) else {
            throw .malformed(
                reason: "its network has \(network.inputs) inputs and \(network.outputs) outputs for "
                    + "\(observation.size(models: models.count)) numbers and \(models.count) models"
            )
        }
    }

    private static let kind = "policy"

    private static func number(
        _ name: String,
        in file: SafetensorsFile,
        else usual: Double
    ) throws(FileError) -> Double {
        guard let text = file.metadata[name] else { return usual }
        guard let value = Double(text), value > 0, value.isFinite else {
            throw .malformed(reason: "\(name) is \(text), and must be above 0")
        }
        return value
    }

    /// What its file says of it, beside the layers.
    public var metadata: [String: String] {
        [
            "kind": Self.kind, "activation": network.activation.rawValue, "models": models.joined(separator: "\n"),
            "tokens_of_full_length": "\(observation.tokensOfFullLength)",
            "max_queue_depth": "\(observation.maxQueueDepth)",
            "includes_quality_required": "\(observation.includesQualityRequired)",
            "includes_steps_remaining": "\(observation.includesStepsRemaining)",
        ]
    }
}

extension PolicyNetwork {
    /// The layers called `policy.0`, `policy.1` and so on.
    fileprivate init(_ file: SafetensorsFile) throws(FileError) {
        var layers: [(weight: Matrix, bias: [Float])] = []
        while file.tensors["policy.\(layers.count).weight"] != nil {
            let weight = try file.matrix("policy.\(layers.count).weight")
            let bias = try file.matrix("policy.\(layers.count).bias").values
            guard bias.count == weight.rows, layers.last.map({ $0.weight.rows == weight.columns }) ?? true,
                weight.values.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite)
            else { throw .malformed(reason: "its layers don't fit together, or hold what is no number") }
            layers.append((weight, bias))
        }
        guard !layers.isEmpty else { throw .malformed(reason: "it has no layers called policy.0 and so on") }
        guard let activation = Activation(rawValue: file.metadata["activation"] ?? "tanh") else {
            throw .malformed(reason: "its activation is none of tanh and relu")
        }
        self.init(layers, activation: activation)
    }

    /// The layers by the names that files have them by.
    public var tensors: [String: Matrix] {
        layers.enumerated().reduce(into: [:]) { tensors, layer in
            let (weight, bias) = layer.element
            tensors["policy.\(layer.offset).weight"] = weight
            tensors["policy.\(layer.offset).bias"] = Matrix(rows: 1, columns: bias.count, values: bias)
        }
    }
}
