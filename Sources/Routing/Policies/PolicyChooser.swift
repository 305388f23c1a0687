public import Domain
public import Neural

/// A trained policy at work in a gateway: the live state in, what it wants out.
public struct PolicyChooser: Sendable {
    /// What the gateway knows when a request has to go somewhere.
    public struct Situation: Hashable, Sendable {
        /// Tokens of the prompt.
        public var inputTokens: Int
        /// The prompt's complexity, 0 to 1.
        public var complexity: Double
        /// The quality that the request asks for, 0 to 1; `nil` for what its complexity usually does.
        public var qualityRequired: Double?
        /// Seconds of Unix time.
        public var unixSeconds: Int64
        /// What is left of the tightest budget of dollars, 0 to 1; 1 where there is none.
        public var budgetShare: Double
        /// What is left of the time that this has to last for, 0 to 1; 1 where it never ends.
        public var timeShare: Double

        /// A situation with all its parts.
        public init(
            inputTokens: Int,
            complexity: Double,
            qualityRequired: Double?,
            unixSeconds: Int64,
            budgetShare: Double,
            timeShare: Double
        ) {
            (self.inputTokens, self.complexity, self.qualityRequired) = (inputTokens, complexity, qualityRequired)
            (self.unixSeconds, self.budgetShare, self.timeShare) = (unixSeconds, budgetShare, timeShare)
        }
    }

    private let policy: TrainedPolicy
    /// The place in the catalogue of each model that it chooses among.
    private let places: [Int]
    private let modelCount: Int

    /// The policy, for a catalogue of these models.
    ///
    /// - Throws: ``FileError/malformed(reason:)`` if the catalogue lacks one that it chooses among.
    public init(_ policy: TrainedPolicy, models: [ModelID]) throws(FileError) {
        let known = Dictionary(models.enumerated().map { ($1, $0) }) { first, _ in first }
        let missing = policy.models.filter { known[ModelID($0)] == nil }
        guard missing.isEmpty else {
            throw .malformed(
                reason: "it chooses among \(policy.models.joined(separator: ", ")), and the registry has no "
                    + missing.joined(separator: ", ")
            )
        }
        self.policy = policy
        places = policy.models.compactMap { known[ModelID($0)] }
        modelCount = models.count
    }

    /// How likely the policy would choose each model, in the catalogue's order; `nil` for models that it does not know.
    ///
    /// - Precondition: `fleet` is of the same catalogue.
    public func preferences(in situation: Situation, fleet: FleetSnapshot) -> [Double?] {
        let outputs = policy.network(observation(of: situation, fleet: fleet))
        let highest = outputs.max() ?? 0
        let parts = outputs.map { exponential(Double($0 - highest)) }
        let sum = parts.reduce(0, +)
        var preferences = [Double?](repeating: nil, count: modelCount)
        for (place, part) in zip(places, parts) { preferences[place] = part / sum }
        return preferences
    }

    /// What it is shown: the numbers that the environment has shown it, 0 to 1 each, in their order.
    func observation(of situation: Situation, fleet: FleetSnapshot) -> [Float] {
        func unit(_ value: Double) -> Float { Float(value.isNaN ? 0 : min(max(value, 0), 1)) }
        let shape = policy.observation
        let secondsOfDay = (situation.unixSeconds % 86_400 + 86_400) % 86_400
        var numbers: [Float] = []
        numbers.reserveCapacity(policy.network.inputs)
        numbers.append(unit(Double(situation.inputTokens) / shape.tokensOfFullLength))
        numbers.append(unit(situation.complexity))
        for place in places { numbers.append(unit(Double(fleet.models[place].active) / shape.maxQueueDepth)) }
        numbers.append(unit(Double(secondsOfDay) / 86_400))
        numbers.append(unit(situation.budgetShare))
        if shape.includesQualityRequired {
            numbers.append(unit(situation.qualityRequired ?? 0.5 + 0.4 * situation.complexity))
        }
        if shape.includesStepsRemaining { numbers.append(unit(situation.timeShare)) }
        return numbers
    }
}
