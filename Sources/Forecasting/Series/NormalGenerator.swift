internal import Domain
internal import Glibc

/// Draws from the normal distribution of mean 0 and deviation 1, and a few others: Box and Muller, 1958.
struct NormalGenerator {
    private var generator: SeededGenerator

    /// A generator whose numbers `seed` decides.
    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// The next normal number.
    mutating func next() -> Double {
        // From (0, 1], whose logarithm is finite.
        let radius = 1 - uniform()
        return (-2 * log(radius)).squareRoot() * cos(2 * .pi * uniform())
    }

    /// The next number from 0 to 1, all alike.
    mutating func uniform() -> Double { Double.random(in: 0..<1, using: &generator) }

    /// The next number of Laplace's distribution with mean 0 and mean magnitude 1.
    mutating func laplace() -> Double {
        let magnitude = -log(1 - uniform())
        return uniform() < 0.5 ? -magnitude : magnitude
    }
}
