public import Domain

/// The chance that layers share: what is dropped, and the noise of gates.
///
/// One generator for a whole network, set anew before each step by the step's number, so that training which was
/// interrupted goes on as if it had not been.
public final class Chance {
    /// What numbers are drawn from.
    public var generator: SeededGenerator

    /// Chance that `seed` decides.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Draws from now on as a step of a training does.
    ///
    /// - Parameters:
    ///   - step: The step's number.
    ///   - seed: The training's seed.
    public func begin(step: Int, of seed: UInt64) {
        var mixed = SeededGenerator(seed: seed)
        generator = SeededGenerator(seed: mixed.next() &+ UInt64(truncatingIfNeeded: step))
    }
}
