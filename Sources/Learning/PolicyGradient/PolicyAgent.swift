public import Environment
public import Routing

/// A trained network as an agent: always the choice that it finds likeliest.
public struct PolicyAgent: Agent, Sendable {
    private let network: PolicyNetwork
    private var observation: [Float]
    private var values: [Float] = []
    private var lent: [Float] = []

    /// An agent that does what `network` says.
    public init(_ network: PolicyNetwork) {
        self.network = network
        observation = Array(repeating: 0, count: network.inputs)
    }

    /// The likeliest model.
    ///
    /// - Precondition: The environment's observations are those that the network has learned from.
    public mutating func action(in environment: RouterEnvironment) -> Int {
        environment.observe(into: &observation)
        values.removeAll(keepingCapacity: true)
        values += observation
        network.evaluate(&values, with: &lent)
        return values.indexOfHighest
    }
}
