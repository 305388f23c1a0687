internal import Reactor

/// One origin's connections on one loop, and the tasks that wait for one.
///
/// A slot is the right to one connection, or to one of libcurl's own transfers. Invariants: at most
/// `connectionsPerOriginMax` slots are taken; nobody waits while a slot is free or a connection idles; who came first
/// is served first. The connection that idled last is used first, so that those which are not needed grow old and go.
final class ConnectionPool {
    /// What a task that wants to send gets.
    enum Grant {
        /// An idle connection, with its slot.
        case connection(Connection)
        /// The right to open one.
        case slot
    }

    private final class Place {
        let waiter: Waiter
        var grant = Grant.slot

        init(on loop: EventLoop) { waiter = Waiter(on: loop) }
    }

    let metrics: UpstreamMetrics
    private let loop: EventLoop
    private let settings: UpstreamSettings
    /// The client's; armed while anything idles.
    private let idleTimer: Timer
    private var idle: [Connection] = []
    private var slotsTaken = 0
    private var queue: [Place] = []
    private var isClosed = false

    init(on loop: EventLoop, settings: UpstreamSettings, metrics: UpstreamMetrics, idleTimer: Timer) {
        self.idleTimer = idleTimer
        self.loop = loop
        self.settings = settings
        self.metrics = metrics
    }

    /// Whether nothing is left to keep.
    var isEmpty: Bool { slotsTaken == 0 && queue.isEmpty }

    /// Since when the oldest idle connection idles.
    var oldestIdle: Instant? { idle.first?.idleSince }

    /// Takes the youngest idle connection or a slot, after those who came before; waits until `deadline`.
    func acquire(deadline: Instant) async throws(UpstreamError) -> Grant {
        if let connection = idle.popLast() {
            connection.idleSince = nil
            metrics.idled(-1)
            return .connection(connection)
        }
        if slotsTaken < settings.connectionsPerOriginMax {
            slotsTaken += 1
            return .slot
        }
        guard queue.count < settings.waitingPerOriginMax else { throw exhausted }
        let place = Place(on: loop)
        queue.append(place)
        switch await place.waiter.wait(until: deadline) {
        case .ready: return place.grant
        case .timedOut:
            queue.removeAll { $0 === place }
            throw exhausted
        case .cancelled, .closed:
            queue.removeAll { $0 === place }
            throw .cancelled
        }
    }

    private var exhausted: UpstreamError { .poolExhausted(connectionsMax: settings.connectionsPerOriginMax) }

    /// Hands a connection whose exchange is complete to who waits longest, or keeps it.
    func release(_ connection: Connection) {
        if grantNext(.connection(connection)) { return }
        guard !isClosed, idle.count < settings.idleConnectionsPerOriginMax else { return connection.close() }
        connection.idleSince = loop.now
        idle.append(connection)
        metrics.idled(1)
        if !idleTimer.isArmed { idleTimer.arm(at: loop.now.advanced(by: settings.keepAlive)) }
    }

    /// Gives back a slot without a connection.
    func giveUpSlot() {
        if !grantNext(.slot) { slotsTaken -= 1 }
    }

    /// Notes that a connection is gone, idle or not.
    func connectionClosed(_ connection: Connection, keepingSlot: Bool) {
        if connection.idleSince != nil, let index = idle.lastIndex(where: { $0 === connection }) {
            idle.remove(at: index)
            connection.idleSince = nil
            metrics.idled(-1)
        }
        if !keepingSlot { giveUpSlot() }
    }

    /// Closes the connections that have idled since `instant` or longer.
    func closeIdle(since instant: Instant) {
        while let connection = idle.first, let idleSince = connection.idleSince, idleSince <= instant {
            connection.close()
        }
    }

    /// Closes the idle connections; those in use follow when their exchanges end.
    func close() {
        isClosed = true
        closeIdle(since: .never)
    }

    /// Wakes the first task that still waits; one that timed out or was cancelled in this turn is passed over.
    private func grantNext(_ grant: Grant) -> Bool {
        while !queue.isEmpty {
            let place = queue.removeFirst()
            guard place.waiter.isWaiting else { continue }
            place.grant = grant
            place.waiter.end(.ready)
            return true
        }
        return false
    }
}
