internal import Domain
internal import Glibc

/// What prompts come, how fast, and how answers come about: what a realistic world has beside its models.
///
/// The usual figures are those of `LLMRouter-v1`; others are fitted to what a gateway has served.
public struct Traffic: Hashable, Sendable {
    /// A factor on a model's dollars or seconds that grows with a prompt's length: `base + slope · length`.
    public struct Scale: Hashable, Sendable {
        /// For a prompt of length 0.
        public var base: Double
        /// What a length of 1 adds.
        public var slope: Double

        /// A factor of these two, neither negative.
        public init(base: Double, slope: Double) { (self.base, self.slope) = (base, slope) }

        @inline(__always)
        func callAsFunction(_ length: Double) -> Double { base + slope * length }
    }

    /// How busy a day is; 0.5 is the mean.
    public enum Load: Hashable, Sendable {
        /// 0.9 at 09:00, 0.5 at 03:00 and 15:00, and 0.1 at 21:00.
        case sinusoid
        /// The load at the middle of each hour from midnight on, and evenly between: 24 numbers.
        case hourly([Double])
    }

    /// The mean of prompts a second over the day.
    public var arrivalRate = 4.0
    /// How that changes over the day.
    public var load = Load.sinusoid
    /// How complex prompts are, at a load of 0.5.
    public var complexity = UnitDistribution.secondLeast(pairs: 3)
    /// How much more complex they are where the load is higher by 1.
    public var complexityRise = 0.2
    /// How long they are.
    public var length = UnitDistribution.secondLeast(pairs: 2)
    /// Tokens of a prompt of length 1: what an observation's length stands for where a gateway decides by it.
    public var tokensOfFullLength = 4096.0
    /// What a prompt's length makes of a model's dollars; 1 on average.
    public var costScale = Scale(base: 0.5, slope: 1.25)
    /// What it makes of a model's seconds; 1 on average.
    public var latencyScale = Scale(base: 0.5, slope: 1.25)
    /// How steeply the probability of solving a prompt falls with its complexity.
    public var steepness = 10.0
    /// Seconds of waiting after which a request is given up.
    public var waitMax = 10.0

    /// The figures of `LLMRouter-v1`.
    public init() {}

    /// The load at a time of day, 0.1 and up.
    ///
    /// - Parameter time: 0 at midnight, 0.5 at noon.
    /// - Returns: 0.5 on average.
    @inline(__always)
    public func load(atTime time: Double) -> Double {
        switch load {
        case .sinusoid: return Self.sinusoid(atTime: time)
        case .hourly(let hours): return Self.load(atTime: time, of: hours)
        }
    }

    /// The load of ``Load/sinusoid``.
    @inline(__always)
    static func sinusoid(atTime time: Double) -> Double {
        min(max(0.5 + 0.4 * sin(2 * Double.pi * (time - 0.125)), 0.1), 1)
    }

    @inline(never)
    private static func load(atTime time: Double, of hours: [Double]) -> Double {
        let place = time * 24 + 23.5
        let hour = Int(place)
        let (before, after) = (hours[hour % 24], hours[(hour + 1) % 24])
        return max(0.1, before + (place - Double(hour)) * (after - before))
    }

    /// Where no load is below 0.1, so that time never stands still; where one is, it counts as that.
    func check() throws(EnvironmentError) {
        let positive = [
            ("arrival_rate", arrivalRate), ("tokens_of_full_length", tokensOfFullLength), ("steepness", steepness),
            ("wait_max", waitMax),
        ]
        for (name, value) in positive where !value.isFinite || value <= 0 {
            throw .outOfRange(name, "\(value)", "above 0")
        }
        for (name, scale) in [("cost_scale", costScale), ("latency_scale", latencyScale)] {
            guard scale.base >= 0, scale.slope >= 0, (scale.base + scale.slope).isFinite,
                scale.base + scale.slope > 0
            else { throw .outOfRange(name, "\(scale.base) + \(scale.slope)·length", "0 and up, and not all 0") }
        }
        guard complexityRise.isFinite else { throw .outOfRange("complexity_rise", "\(complexityRise)", "finite") }
        if case .hourly(let hours) = load, hours.count != 24 || !hours.allSatisfy({ $0 >= 0 && $0 <= 24 }) {
            throw .outOfRange("load", "\(hours.count) hours", "24 numbers from 0 to 24")
        }
        try complexity.check("complexity")
        try length.check("length")
    }
}

/// A prompt that waits for its model.
struct Prompt: Hashable, Sendable {
    /// 0 to 1.
    var length = 0.0
    /// 0 to 1, a little more in busy hours.
    var complexity = 0.0
    /// The quality that it requires, 0 to 1.
    var qualityRequired = 0.0
}

extension Traffic {
    /// Whether loads and prompts are distributed as in the registered worlds.
    var isAsRegistered: Bool {
        let registered = Traffic()
        return load == registered.load && complexity == registered.complexity && length == registered.length
    }

    /// The prompt that comes at a time of day when the load is this.
    func prompt(atLoad load: Double, using generator: inout SeededGenerator) -> Prompt {
        let complexity = complexity.draw(using: &generator)
        let length = length.draw(using: &generator)
        return Prompt(
            length: length,
            complexity: complexity,
            rise: complexityRise,
            load: load,
            noise: generator.normal()
        )
    }
}

extension Prompt {
    /// A prompt of this length, and of this complexity where the load is 0.5; `noise` is standard normal.
    @inline(__always)
    init(length: Double, complexity: Double, rise: Double, load: Double, noise: Double) {
        self.length = length
        self.complexity = (complexity + rise * (load - 0.5)).clippedToUnit
        qualityRequired = (0.5 + 0.4 * self.complexity + 0.1 * (load - 0.5) + 0.05 * noise).clippedToUnit
    }
}

extension Double {
    /// The nearest number from 0 to 1.
    @inline(__always)
    var clippedToUnit: Double { Swift.min(Swift.max(self, 0), 1) }
}
