internal import Configuration
internal import Domain
internal import Glibc

/// How one request goes, drawn as a whole before its first byte: the same seed, the same performance.
struct Performance {
    /// What goes wrong with the request, unless a script says otherwise.
    let fault: SimulatedFault
    /// From the request's arrival to its first token.
    private(set) var timeToFirstToken: Duration
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

        // The tail has numbers of its own, so that a model without one draws as it always did.
        var tail = SeededGenerator(seed: ~mixed)
        let first = behaviour.timeToFirstTokenMilliseconds
        let bulk = first.bulk(at: Self.normal(using: &generator))
        timeToFirstToken = .milliseconds(max(bulk, first.tail(using: &tail)))
        let length = behaviour.outputTokens
        tokenCount = min(length.max, max(1, Int(length.mean * Double.random(in: 0.5...1.5, using: &generator))))
        meanGap = behaviour.timeBetweenTokensMilliseconds
        fault = Self.fault(of: behaviour, tokenCount: tokenCount, using: &generator)
        self.generator = generator
    }

    /// Makes the first token later.
    mutating func delay(by duration: Duration) { timeToFirstToken += duration }

    /// The time to the next token: even around its mean, from half of it to half as much again.
    mutating func nextGap() -> Duration {
        meanGap > 0 ? .milliseconds(Double.random(in: 0.5 * meanGap...1.5 * meanGap, using: &generator)) : .zero
    }

    /// One of `count` things, each as likely as the other.
    mutating func draw(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    /// 64 bits for an id.
    mutating func drawBits() -> UInt64 { generator.next() }

    private static func fault(
        of behaviour: SimulationSettings.Behaviour,
        tokenCount: Int,
        using generator: inout SeededGenerator
    ) -> SimulatedFault {
        var share = Double.random(in: 0..<1, using: &generator)
        let tokens = Int.random(in: 0..<tokenCount, using: &generator)
        let status = [500, 503, 429].randomElement(using: &generator) ?? 500
        let faults: [(fault: SimulatedFault, rate: Double)] = [
            (.status(status, status == 500 ? nil : .seconds(1)), behaviour.errorRate),
            (.cut(afterTokens: tokens), behaviour.cutRate), (.stall(afterTokens: tokens), behaviour.stallRate),
        ]
        for (fault, rate) in faults + behaviour.faults.map({ ($0.fault, $0.rate) }) {
            if share < rate { return fault }
            share -= rate
        }
        return .none
    }

    /// Mean 0 and deviation 1: twelve even draws add up to nearly that (Irwin and Hall).
    private static func normal(using generator: inout SeededGenerator) -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
    }
}

extension SimulationSettings.Spread {
    /// The longest time, ten minutes.
    private static let millisecondsMax = 600_000.0

    /// The time in the bulk that lies so many deviations above its middle, milliseconds.
    fileprivate func bulk(at deviations: Double) -> Double {
        switch shape {
        case .normal: return max(0, mean + deviation * deviations)
        case .lognormal:
            guard mean > 0 else { return 0 }
            // The logarithm's variance and mean that give this mean and deviation.
            let variance = log(1 + (deviation / mean) * (deviation / mean))
            return min(exp(log(mean) - variance / 2 + variance.squareRoot() * deviations), Self.millisecondsMax)
        }
    }

    /// A time from the tail, or 0 for a request that is not in it; milliseconds.
    fileprivate func tail(using generator: inout SeededGenerator) -> Double {
        guard Double.random(in: 0..<1, using: &generator) < tailRate else { return 0 }
        let share = 1 - Double.random(in: 0..<1, using: &generator)
        return min(mean * pow(share, -1 / tailExponent), Self.millisecondsMax)
    }
}
