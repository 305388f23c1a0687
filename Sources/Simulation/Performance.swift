internal import Configuration
internal import Domain

/// How one request goes, drawn as a whole before its first byte: the same seed, the same performance.
struct Performance {
    /// What becomes of a request.
    enum Fate: Hashable {
        /// It is answered.
        case answered
        /// It is refused with this status.
        case refused(status: Int)
        /// Its stream is cut after this many tokens.
        case cut(afterTokens: Int)
        /// Its stream stops after this many tokens, and the connection stays open.
        case stalled(afterTokens: Int)
    }

    /// What becomes of the request.
    let fate: Fate
    /// From the request's arrival to its first token.
    let timeToFirstToken: Duration
    /// How long the answer gets if nothing limits it.
    let tokenCount: Int
    private let meanGap: Double
    private var generator: SeededGenerator

    /// Draws the performance of `behaviour` at the request that `ordinal` names.
    init(of behaviour: SimulationSettings.Behaviour, seed: UInt64, ordinal: UInt64) {
        // Each part is mixed in by a generator of its own: sums of them would give neighbours the same numbers.
        let name = behaviour.id.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let mixed = [seed, name, ordinal].reduce(0 as UInt64) { mixed, part in
            var generator = SeededGenerator(seed: mixed ^ part)
            return generator.next()
        }
        var generator = SeededGenerator(seed: mixed)

        let first = behaviour.timeToFirstTokenMilliseconds
        timeToFirstToken = .milliseconds(max(0, first.mean + first.deviation * Self.normal(using: &generator)))
        let length = behaviour.outputTokens
        tokenCount = min(length.max, max(1, Int(length.mean * Double.random(in: 0.5...1.5, using: &generator))))
        meanGap = behaviour.timeBetweenTokensMilliseconds
        fate = Self.fate(of: behaviour, tokenCount: tokenCount, using: &generator)
        self.generator = generator
    }

    /// The time to the next token: even around its mean, from half of it to half as much again.
    mutating func nextGap() -> Duration {
        meanGap > 0 ? .milliseconds(Double.random(in: 0.5 * meanGap...1.5 * meanGap, using: &generator)) : .zero
    }

    /// One of `count` things, each as likely as the other.
    mutating func draw(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    /// 64 bits for an id.
    mutating func drawBits() -> UInt64 { generator.next() }

    private static func fate(
        of behaviour: SimulationSettings.Behaviour,
        tokenCount: Int,
        using generator: inout SeededGenerator
    ) -> Fate {
        let share = Double.random(in: 0..<1, using: &generator)
        let tokens = Int.random(in: 0..<tokenCount, using: &generator)
        let status = [500, 503, 429].randomElement(using: &generator) ?? 500
        if share < behaviour.errorRate { return .refused(status: status) }
        if share < behaviour.errorRate + behaviour.cutRate { return .cut(afterTokens: tokens) }
        if share < behaviour.errorRate + behaviour.cutRate + behaviour.stallRate {
            return .stalled(afterTokens: tokens)
        }
        return .answered
    }

    /// Mean 0 and deviation 1: twelve even draws add up to nearly that (Irwin and Hall), without any logarithm.
    private static func normal(using generator: inout SeededGenerator) -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
    }
}
