public import Domain
import Foundation

/// What was experienced lately, drawn again with a probability that grows with its priority.
///
///     P(i) = p_i^α / Σ p^α,  weight(i) = (N·P(i))^−1 / max weight
///
/// The weights make up for the drawing: an average of a loss with them is one over all that is kept alike. Schaul et al.,
/// "Prioritized experience replay", 2016, with β = 1.
public struct ReplayBuffer<Experience> {
    /// How many experiences are kept; the oldest ones go.
    public let capacity: Int
    /// How many there are.
    public var count: Int { experiences.count }
    private let exponent: Double
    private var experiences: [Experience] = []
    private var oldest = 0
    /// A binary tree of sums: the leaves, from `capacity` on, are the priorities to the power of α.
    private var sums: [Double]

    /// An empty buffer; an `exponent` α of 0 draws all alike.
    public init(capacity: Int, exponent: Double) {
        precondition(capacity > 0 && exponent >= 0, "a buffer holds something, and prefers nothing low")
        self.capacity = capacity
        self.exponent = exponent
        sums = Array(repeating: 0, count: 2 * capacity)
    }

    /// Keeps `experience`, in place of the oldest one if the buffer is full.
    ///
    /// - Complexity: O(log capacity).
    public mutating func add(_ experience: Experience, priority: Double) {
        var leaf = capacity
        if experiences.count < capacity {
            leaf += experiences.count
            experiences.append(experience)
        } else {
            leaf += oldest
            experiences[oldest] = experience
            oldest = (oldest + 1) % capacity
        }
        sums[leaf] = pow(max(priority, 1e-9), exponent)
        while leaf > 1 {
            leaf /= 2
            sums[leaf] = sums[2 * leaf] + sums[2 * leaf + 1]
        }
    }

    /// Draws `count` experiences, any of them more than once, each with its weight of at most 1.
    ///
    /// - Complexity: O(count · log capacity).
    public func sample(
        _ count: Int,
        using generator: inout SeededGenerator
    ) -> [(experience: Experience, weight: Float)] {
        guard !experiences.isEmpty else { return [] }
        let drawn = (0..<count).map { _ in leaf(at: Double.random(in: 0..<1, using: &generator) * sums[1]) }
        let lowest = drawn.map { sums[$0] }.min() ?? 1
        return drawn.map { (experiences[$0 - capacity], Float(lowest / sums[$0])) }
    }

    /// The leaf below which the priorities add up to `mass`.
    private func leaf(at mass: Double) -> Int {
        var (node, mass) = (1, mass)
        while node < capacity {
            node *= 2
            // Sums are rounded: what is left of the mass may be more than the right half holds.
            if mass >= sums[node], sums[node + 1] > 0 {
                mass -= sums[node]
                node += 1
            }
        }
        return node
    }
}
