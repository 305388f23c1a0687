internal import Domain

extension Complexity {
    /// How many numbers ``context(inputTokens:)`` has.
    public static let contextSize = 10 + Capability.allCases.count

    /// What a contextual bandit knows of a prompt: a constant, its complexity, how long it is, what it holds and what kind it is
    /// of; 0 to 1 each.
    ///
    /// - Parameter inputTokens: Of the prompt.
    /// - Returns: ``contextSize`` numbers.
    public func context(inputTokens: Int) -> [Double] {
        // Rises from 0 to 1, half of it at `half`.
        func share(_ count: Int, half: Double) -> Double { Double(max(count, 0)) / (Double(max(count, 0)) + half) }
        let kind = Capability.allCases.map { $0 == features.capability ? 1.0 : 0 }
        return [
            1, min(max(score, 0), 1), share(inputTokens, half: 500), share(features.words, half: 50),
            share(features.demands, half: 2), share(features.constraintWords, half: 2),
            share(features.codeFences, half: 1), share(features.symbols, half: 10), share(features.operators, half: 5),
            share(features.questions, half: 1),
        ] + kind
    }
}
