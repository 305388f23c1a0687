public import Domain

/// What was measured of one model over its rolling window; nothing is blended in.
public struct ModelStatistics: Hashable, Sendable {
    /// The model.
    public let id: ModelID
    /// Whether it may be sent requests.
    public let availability: Availability
    /// Requests in flight.
    public let active: Int
    /// Its circuit.
    public let circuit: CircuitBreaker.State
    /// How many times its circuit has opened.
    public let openedCount: Int
    /// What it said last of its load, if that is not too old.
    public let load: BackendLoad?
    /// Calls in the window.
    public let samples: Int
    /// The share of them that succeeded; `nil` if there are none.
    public let successRate: Double?
    /// Mean time of the answers, and of the failures that took longer than an answer should; `nil` if there are none.
    public let meanLatency: Duration?
    /// Mean cost of a call; `nil` if there are none.
    public let meanCost: Money?

    init(
        id: ModelID,
        availability: Availability,
        active: Int,
        circuit: CircuitBreaker.State,
        openedCount: Int,
        load: BackendLoad?,
        sums: RollingWindow.Sums
    ) {
        self.id = id
        self.availability = availability
        self.active = active
        self.circuit = circuit
        self.openedCount = openedCount
        self.load = load
        samples = sums.samples
        successRate = sums.samples > 0 ? Double(sums.successes) / Double(sums.samples) : nil
        meanLatency = sums.timed > 0 ? .nanoseconds(sums.latency / Int64(sums.timed)) : nil
        meanCost = sums.samples > 0 ? Money(nanodollars: sums.cost / Int64(sums.samples)) : nil
    }
}
