internal import Glibc

/// The online shadow price of a budget: what a unit of it must be worth to the router so that it lasts its window.
///
/// After each request
///
///     λ ← max(1, λ · exp(η · min(5, spent / (left / steps left) − 1)))
///
/// so λ rises while requests take more than their even share of what is left, and falls again while they take less. At
/// 1 the budget's unit costs what it costs. Nothing of it depends on the unit: dollars, tokens, joules and grams alike.
public struct PacingPrice: Hashable, Sendable {
    /// How the price moves.
    public struct Settings: Hashable, Sendable {
        /// η: how far one request moves the price; 0.02 to 0.05 do well, 0 leaves it at 1.
        public let stepSize: Double
        /// The price never rises above this.
        public let priceMax: Double

        /// Settings; negative or absurd values are held to 0…1 and 1…10¹².
        public init(stepSize: Double = 0.02, priceMax: Double = 1e6) {
            self.stepSize = stepSize.isFinite ? min(max(stepSize, 0), 1) : 0
            self.priceMax = priceMax.isFinite ? min(max(priceMax, 1), 1e12) : 1
        }
    }

    /// λ, 1 or more.
    public private(set) var value = 1.0

    /// The price before any request.
    public init() {}

    /// Takes account of a request that took `spent`, after which `left` is to last for `stepsLeft` more.
    public mutating func update(spent: Double, left: Double, stepsLeft: Double, settings: Settings) {
        // Nothing left to last: the clamp below makes any excess the same.
        let share = left > 0 ? spent * max(stepsLeft, 1) / left : (spent > 0 ? .infinity : 1)
        let excess = min(5, share - 1)
        // Where there is plenty, as mostly, nothing moves.
        guard !excess.isNaN, excess > 0 || value > 1 else { return }
        value = min(max(1, value * exp(settings.stepSize * excess)), settings.priceMax)
    }
}

/// How often something happens, with old times forgotten exponentially.
///
/// The estimate is unbiased from the first second on: what is missing of the memory is divided out.
struct ArrivalRate: Hashable, Sendable {
    /// Events in units of the kernel's weight.
    private var weight = 0.0
    private var last: Int64
    private let first: Int64
    /// The kernel's integral from `first` to `last`, worked out once for all events of a millisecond.
    private var mass: Double
    /// After this many milliseconds an event counts 1/e.
    private let memory: Double

    init(memory: Int64, now: Int64) {
        self.memory = Double(max(memory, 1))
        (first, last) = (now, now)
        mass = Self.mass(of: 1, memory: self.memory)
    }

    /// Counts an event at `now`, milliseconds of a clock; one that goes back stands still here.
    mutating func count(at now: Int64) {
        if now > last {
            weight *= exp(-Double(now - last) / memory)
            last = now
            mass = Self.mass(of: last - first, memory: memory)
        }
        weight += 1
    }

    /// Events in a millisecond, as of the last one counted.
    var perMillisecond: Double { weight / mass }

    /// The kernel's integral over its first so many milliseconds: one at least, else the first event's rate were infinite.
    private static func mass(of milliseconds: Int64, memory: Double) -> Double {
        memory * -expm1(-Double(max(milliseconds, 1)) / memory)
    }
}
