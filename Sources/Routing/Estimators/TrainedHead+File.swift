import Domain
public import Neural

extension TrainedHead {
    private static let format = "switchyard-head-1"

    /// Reads a head's file.
    ///
    /// - Throws: ``FileError`` for a file that isn't a head's, or whose tensors don't fit one another.
    public init(_ file: SafetensorsFile) throws(FileError) {
        let metadata = file.metadata
        guard metadata["format"] == Self.format else { throw .malformed(reason: "it is not a router's head") }
        guard let kind = metadata["kind"].flatMap(Kind.init),
            let output = metadata["output"].flatMap(HeadEstimator.Output.init)
        else { throw .malformed(reason: "its kind or output is unknown") }
        let names = Self.list(metadata["names"])
        let tiers = Self.list(metadata["tiers"]).map(Tier.init)
        guard !names.isEmpty, tiers.count == (output == .classes ? names.count : 0) else {
            throw .malformed(reason: "each class has a name and a tier, each model a name")
        }
        let means = try file.matrix("features.mean", rows: 1)
        let scales = try file.matrix("features.scale", rows: 1, columns: means.columns)
        let layers = Self.list(metadata["layers"]).compactMap(Int.init)
        guard layers.count == Self.list(metadata["layers"]).count,
            let distanceMax = metadata["distance_max"].flatMap(Double.init),
            let memberCount = metadata["members"].flatMap(Int.init), 1...64 ~= memberCount
        else { throw .malformed(reason: "its layers, members or distance_max are not numbers") }
        let activations = Self.list(metadata["activations"]).compactMap(DenseLayer.Activation.init)
        var members: [DenseNetwork] = []
        for member in 0..<memberCount {
            let network = try Self.network(file, member, activations, inputs: means.columns, outputs: names.count)
            members.append(network)
        }
        self.init(
            kind: kind,
            output: output,
            names: names,
            tiers: tiers,
            layers: layers,
            members: members,
            means: means,
            scales: scales,
            distanceMax: distanceMax
        )
        expertsPerPrompt = metadata["experts_per_prompt"].flatMap(Int.init) ?? 2
    }

    private static func network(
        _ file: SafetensorsFile,
        _ member: Int,
        _ activations: [DenseLayer.Activation],
        inputs: Int,
        outputs: Int
    ) throws(FileError) -> DenseNetwork {
        var layers: [DenseLayer] = []
        for (index, activation) in activations.enumerated() {
            let width = layers.last?.weight.rows ?? inputs
            let isLast = index == activations.count - 1
            let weight = try file.matrix(
                "member.\(member).\(index).weight",
                rows: isLast ? outputs : nil,
                columns: width
            )
            let bias = try file.matrix("member.\(member).\(index).bias", rows: 1, columns: weight.rows)
            layers.append(DenseLayer(weight: weight, bias: bias, activation: activation))
        }
        guard !layers.isEmpty else { throw .malformed(reason: "it has no layers") }
        return DenseNetwork(layers)
    }

    /// Writes the file that ``init(_:)`` reads.
    ///
    /// - Throws: ``FileError/inaccessible(path:code:)``.
    public func write(to path: String) throws(FileError) {
        var tensors = ["features.mean": Safetensors.Tensor(means), "features.scale": Safetensors.Tensor(scales)]
        for (member, network) in members.enumerated() {
            for (index, layer) in network.layers.enumerated() {
                tensors["member.\(member).\(index).weight"] = Safetensors.Tensor(layer.weight)
                tensors["member.\(member).\(index).bias"] = Safetensors.Tensor(layer.bias)
            }
        }
        let metadata = [
            "format": Self.format, "kind": kind.rawValue, "output": output.rawValue,
            "names": names.joined(separator: "\n"), "tiers": tiers.map(\.rawValue).joined(separator: "\n"),
            "layers": layers.map(String.init).joined(separator: "\n"), "members": "\(members.count)",
            "activations": (members.first?.layers ?? []).map(\.activation.rawValue).joined(separator: "\n"),
            "distance_max": "\(distanceMax)", "experts_per_prompt": "\(expertsPerPrompt)",
        ]
        try Safetensors.write(tensors, metadata: metadata, to: path)
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: "\n").map(String.init)
    }
}
