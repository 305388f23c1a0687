/// What a worker of our own says of its load; other gateways and clients may be using it as well.
public struct BackendLoad: Hashable, Sendable {
    /// Requests that it works on.
    public let running: Int
    /// Requests that wait in its own queue.
    public let waiting: Int
    /// The share of its cache of keys and values that is taken, 0 to 1; `nil` if it does not tell.
    public let cacheUse: Double?

    /// A load; figures out of range are held to it.
    public init(running: Int, waiting: Int, cacheUse: Double?) {
        self.running = max(running, 0)
        self.waiting = max(waiting, 0)
        self.cacheUse = cacheUse.map { $0.isFinite ? min(max($0, 0), 1) : 0 }
    }

    /// How much of what it can do is taken, 0 to 1, for a worker that does `slots` requests at once.
    ///
    /// A queue means that it is full whatever the figures say, and so does a full cache: new requests would push others
    /// out.
    public func pressure(slots: Int) -> Double {
        if waiting > 0 { return 1 }
        let share = slots > 0 ? min(Double(running) / Double(slots), 1) : 1
        return max(share, cacheUse ?? 0)
    }
}
