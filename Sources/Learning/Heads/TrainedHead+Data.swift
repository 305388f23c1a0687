import Neural
import Routing

extension TrainedHead {
    /// A head of these networks, which knows how far from one another the prompts are that they learned from.
    ///
    /// - Parameters:
    ///   - kind: How it was trained.
    ///   - data: What it was trained on, as the encoder gives it.
    ///   - members: The networks, for features as the encoder gives them.
    ///   - examples: The rows that were learned from.
    init(_ kind: Kind, _ data: HeadData, members: [DenseNetwork], examples: [Int]) {
        let standardization = Standardization(data.features, rows: examples)
        self.init(
            kind: kind,
            output: data.hasClasses ? .classes : kind == .rl ? .values : .scores,
            names: data.names,
            tiers: data.tiers,
            layers: data.layers,
            members: members,
            means: standardization.means,
            scales: standardization.scales,
            distanceMax: .infinity
        )
        let distances = examples.map { distance(Array(data.features[row: $0])) }.sorted()
        // One in two hundred of what was learned from is farther.
        if let limit = distances.dropFirst(distances.count * 199 / 200).first { distanceMax = limit }
    }
}
