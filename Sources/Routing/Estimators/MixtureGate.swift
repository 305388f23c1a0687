/// The gate of a sparse mixture: which few experts a prompt goes to, and in what shares.
///
/// Shazeer et al., "Outrageously large neural networks", 2017, eqs. 3 to 5, without the noise, which is for learning.
public struct MixtureGate: Hashable, Sendable {
    /// What an expert is weighed by, beside the gate.
    public struct Expert: Hashable, Sendable {
        /// Its quality over all prompts, 0 to 1.
        public var quality: Double
        /// Kilograms of CO2 a token.
        public var kilogramsPerToken: Double
        /// Dollars a token.
        public var dollarsPerToken: Double

        /// An expert of these figures.
        public init(quality: Double, kilogramsPerToken: Double, dollarsPerToken: Double) {
            self.quality = quality
            self.kilogramsPerToken = kilogramsPerToken
            self.dollarsPerToken = dollarsPerToken
        }

        /// 0.5 · quality + 0.3 · carbon + 0.2 · cost, the last two from 1 for nothing to 0 for 10 g and $0.10.
        public func merit(tokens: Double) -> Double {
            let carbon = min(max(1 - tokens * kilogramsPerToken / 0.01, 0), 1)
            let cost = min(max(1 - tokens * dollarsPerToken / 0.1, 0), 1)
            return 0.5 * quality + 0.3 * carbon + 0.2 * cost
        }
    }

    /// The share of each expert; they add up to 1, or are all 0 where there are none.
    public private(set) var shares: [Double]

    /// A softmax over the `count` highest of `logits`, 0 for the others; of equal ones the first counts.
    public init(_ logits: [Double], experts count: Int = 2) {
        let ranking = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(max(1, count))
        shares = Array(repeating: 0, count: logits.count)
        guard let best = ranking.first else { return }
        for index in ranking { shares[index] = exponential(logits[index] - logits[best]) }
        normalize()
    }

    /// A gate with these shares, of which some experts may have been taken away: equal shares where nothing is left.
    ///
    /// - Precondition: Shares are 0 or more.
    public init(shares: [Double]) {
        self.shares = shares.contains { $0 > 0 } ? shares : shares.map { _ in 1 }
        normalize()
    }

    /// Multiplies each share by its expert's merit, and has them add up to 1 again.
    ///
    /// - Parameters:
    ///   - experts: As many as there are shares.
    ///   - tokens: How many tokens the request is thought to take: three for each word, say.
    public mutating func adjust(for experts: [Expert], tokens: Double) {
        adjust(by: experts.map { $0.merit(tokens: tokens) })
    }

    /// Multiplies each share by its expert's merit, 0 or more, and has them add up to 1 again.
    ///
    /// - Precondition: There are as many merits as shares.
    public mutating func adjust(by merits: [Double]) {
        precondition(merits.count == shares.count, "a merit for each share")
        for (index, merit) in merits.enumerated() { shares[index] *= merit }
        normalize()
    }

    private mutating func normalize() {
        let sum = shares.reduce(0, +)
        if sum > 0 { shares = shares.map { $0 / sum } }
    }
}
