public import Environment
internal import Neural

/// A trained policy on disk: `policy.safetensors` with its weights, and in its metadata what it was trained on.
///
/// While a training is under way the file also holds what it needs to go on: both networks as they learn, the optimiser's
/// moments, and the means of what was seen.
public struct PolicyFile: Sendable {
    /// The layers of the policy.
    public let network: PolicyNetwork
    /// The names of the models that it chooses among, in their order.
    public let models: [String]
    /// What its observations include beside the usual.
    public let includesQualityRequired: Bool
    /// What its observations include beside the usual.
    public let includesStepsRemaining: Bool
    /// What else is known of it, such as `total_steps`, `seed` and `mean_reward`.
    public let metadata: [String: String]
    let tensors: [String: Matrix]

    init(_ network: PolicyNetwork, world: EnvironmentSettings, metadata: [String: String], tensors: [String: Matrix]) {
        self.network = network
        self.metadata = metadata
        self.tensors = tensors
        models = world.models.map(\.name)
        (includesQualityRequired, includesStepsRemaining) = (
            world.includesQualityRequired, world.includesStepsRemaining
        )
    }

    /// Reads a file.
    ///
    /// - Throws: ``TrainingError/unreadable(_:)`` if it isn't there, or is no policy.
    public init(path: String) throws(TrainingError) {
        do throws(FileError) {
            let file = try SafetensorsFile(path: path)
            var tensors: [String: Matrix] = [:]
            for name in file.tensors.keys { tensors[name] = try file.matrix(name) }
            guard file.metadata["kind"] == "policy", let names = file.metadata["models"],
                let network = PolicyNetwork(tensors: tensors)
            else { throw FileError.malformed(reason: "it is no policy of switchyard train ppo") }
            models = names.split(separator: "\n").map(String.init)
            includesQualityRequired = file.metadata["includes_quality_required"] == "true"
            includesStepsRemaining = file.metadata["includes_steps_remaining"] == "true"
            guard network.outputs == models.count else {
                throw FileError.malformed(reason: "it has \(network.outputs) choices for \(models.count) models")
            }
            (self.network, self.tensors, metadata) = (network, tensors, file.metadata)
        } catch {
            throw .unreadable("\(path): \(error.message)")
        }
    }

    /// Writes it; whoever reads the file meanwhile sees the one before.
    ///
    /// - Throws: ``TrainingError/unwritable(_:)``.
    public func write(to path: String) throws(TrainingError) {
        var metadata = metadata
        metadata["kind"] = "policy"
        metadata["models"] = models.joined(separator: "\n")
        metadata["includes_quality_required"] = "\(includesQualityRequired)"
        metadata["includes_steps_remaining"] = "\(includesStepsRemaining)"
        var all = tensors
        for (index, layer) in network.layers.enumerated() {
            all["policy.\(index).weight"] = layer.weight
            all["policy.\(index).bias"] = Matrix(rows: 1, columns: layer.bias.count, values: layer.bias)
        }
        do throws(FileError) {
            try Safetensors.write(all.mapValues { Safetensors.Tensor($0) }, metadata: metadata, to: path)
        } catch {
            throw .unwritable("\(path): \(error.message)")
        }
    }

    /// Whether it can play in a world: as many models and the same observations.
    public func fits(_ world: EnvironmentSettings) -> Bool {
        network.outputs == world.models.count && network.inputs == world.observationSize
    }
}

extension PolicyNetwork {
    /// The layers called `policy.0`, `policy.1` and so on; `nil` if they don't fit together, or there are none.
    fileprivate init?(tensors: [String: Matrix]) {
        var layers: [(weight: Matrix, bias: [Float])] = []
        while let weight = tensors["policy.\(layers.count).weight"] {
            guard let bias = tensors["policy.\(layers.count).bias"], bias.values.count == weight.rows,
                layers.last.map({ $0.weight.rows == weight.columns }) ?? true,
                weight.values.allSatisfy(\.isFinite), bias.values.allSatisfy(\.isFinite)
            else { return nil }
            layers.append((weight, bias.values))
        }
        guard !layers.isEmpty else { return nil }
        self.init(layers)
    }
}
