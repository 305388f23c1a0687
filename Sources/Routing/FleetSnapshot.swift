public import Domain

/// Whether a model may be sent requests.
public enum Availability: Hashable, Sendable {
    /// It may.
    case available
    /// The operator switched it off.
    case switchedOff
    /// The dispatcher leaves it alone until this instant, in nanoseconds of the monotonic clock.
    case coolingDown(until: UInt64)
    /// Its circuit is open until this instant.
    case open(until: UInt64)
    /// One call finds out whether it is well again; ask again at this instant.
    case probing(until: UInt64)
}

/// What a model looks like at one instant: its priors and its recent calls blended.
public struct ModelSnapshot: Hashable, Sendable {
    /// Whether it may be sent requests.
    public let availability: Availability
    /// Requests in flight.
    public let active: Int
    /// Requests that may be in flight at once; fewer for a while after its circuit was open.
    public let slots: Int
    /// How much of what it can do is taken by its own account, 0 to 1; 0 if it does not tell.
    public let pressure: Double
    /// Calls in the rolling window.
    public let samples: Int
    /// Expected share of calls that succeed, 0 to 1: a blend of certain success and the window.
    public let successRate: Double
    /// Expected nanoseconds of a whole answer: a blend of the registry's prior and the window.
    public let latencyNanoseconds: Int64
    /// Mean cost of the window's calls; `nil` before the first.
    ///
    /// A mean of zero is a measurement like any other.
    public let meanCost: Money?

    /// A model in a given state, such as for simulations.
    public init(
        availability: Availability,
        active: Int,
        slots: Int,
        pressure: Double = 0,
        samples: Int,
        successRate: Double,
        latency: Duration,
        meanCost: Money?
    ) {
        self.availability = availability
        self.active = active
        self.slots = slots
        self.pressure = pressure
        self.samples = samples
        self.successRate = successRate
        latencyNanoseconds = latency.nanoseconds
        self.meanCost = meanCost
    }

    init(
        availability: Availability,
        active: Int,
        slots: Int,
        pressure: Double,
        estimate: Estimate,
        sums: RollingWindow.Sums
    ) {
        self.availability = availability
        self.active = active
        self.slots = slots
        self.pressure = pressure
        samples = sums.samples
        successRate = estimate.successRate
        latencyNanoseconds = estimate.latency
        meanCost = sums.samples > 0 ? Money(nanodollars: sums.cost / Int64(sums.samples)) : nil
    }

    /// Whether it may be sent requests now.
    public var isAvailable: Bool { availability == .available }
    /// Whether all its slots are taken.
    public var isFull: Bool { active >= slots }
    /// The share of its slots that is taken or, if that is more, the load that it reports itself; 0 to 1.
    public var utilisation: Double { slots > 0 ? max(min(Double(active) / Double(slots), 1), pressure) : 1 }
    /// Expected time of a whole answer.
    public var latency: Duration { .nanoseconds(latencyNanoseconds) }

    /// Expected nanoseconds of an answer that is so many times as long as the usual one.
    func latencyNanoseconds(ofLength stretch: Double) -> Int64 {
        guard stretch != 1 else { return latencyNanoseconds }
        let stretched = Double(latencyNanoseconds) * stretch
        return stretched < 9.2e18 ? Int64(stretched) : .max
    }
}

/// All that a decision may know of the fleet: one value for each model, in the catalogue's order.
public struct FleetSnapshot: Hashable, Sendable {
    /// The models, in the catalogue's order.
    public let models: [ModelSnapshot]
    /// Whose turn it is under ``Strategy/roundRobin``: this number modulo the number of candidates.
    public let turn: UInt64

    /// A fleet in a given state.
    public init(models: [ModelSnapshot], turn: UInt64) {
        self.models = models
        self.turn = turn
    }
}
