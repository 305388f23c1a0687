public import Reactor

/// Sends requests to backends from one loop: libcurl opens the connections, this module speaks HTTP/1.1 on them.
///
/// Confined to its loop, as are the responses it returns. It owns libcurl's multi handle, a pool of connections per
/// origin, and the one timer that ends idle connections. Close it, on its loop, before letting go of it.
public final class UpstreamClient {
    /// What the client counts; may be read on any thread.
    public let metrics = UpstreamMetrics()
    private let loop: EventLoop
    private let settings: UpstreamSettings
    private let connector: Connector
    private let scratch = ReceiveBuffer()
    private let idleTimer: Timer
    private var pools: [Origin: ConnectionPool] = [:]

    /// A client on `loop`.
    public init(on loop: EventLoop, settings: UpstreamSettings) {
        self.loop = loop
        self.settings = settings
        connector = Connector(multi: MultiHandle(on: loop), settings: settings)
        idleTimer = Timer(on: loop)
        idleTimer.action = { [unowned self] in closeIdle() }
    }

    deinit { idleTimer.action = nil }

    /// Closes idle connections now and those in use when their exchanges end.
    public func close() {
        loop.preconditionCurrent()
        idleTimer.disarm()
        for pool in pools.values { pool.close() }
        pools = [:]
    }

    /// Sends `request` and returns when the head of its response is there.
    ///
    /// Nothing is sent twice, with one exception: a reused connection that breaks at once and before any byte of a
    /// response had been closed by the backend, and the request, if it allows that, goes out again on a fresh one. Redirects are answers
    /// like any other. Cancelling the task closes the connection in the same turn of the loop.
    ///
    /// - Throws: ``UpstreamError``.
    public func send(
        _ request: UpstreamRequest,
        deadlines: AttemptDeadlines
    ) async throws(UpstreamError) -> UpstreamResponse {
        var sending = UpstreamSending()
        return try await send(request, deadlines: deadlines, sending: &sending)
    }

    /// As ``send(_:deadlines:)``; `sending` tells, also where it throws, how the request went out.
    public func send(
        _ request: UpstreamRequest,
        deadlines: AttemptDeadlines,
        sending: inout UpstreamSending
    ) async throws(UpstreamError) -> UpstreamResponse {
        loop.preconditionCurrent()
        do throws(UpstreamError) {
            try request.validate()
            // Else it would still go out where a connection is at hand.
            guard !Task.isCancelled else { throw .cancelled }
            let source: UpstreamResponse.Source =
                switch request.transport {
                case .http1: .http1(try await exchange(request, deadlines, &sending))
                case .http2, .http2PriorKnowledge: .libcurl(try await transfer(request, deadlines, &sending))
                }
            return UpstreamResponse(source, metrics: metrics, on: loop)
        } catch {
            metrics.failed(error)
            throw error
        }
    }

    // MARK: Our HTTP/1.1

    private func exchange(
        _ request: UpstreamRequest,
        _ deadlines: AttemptDeadlines,
        _ sending: inout UpstreamSending
    ) async throws(UpstreamError) -> HTTP1Exchange {
        let pool = pool(for: request.origin)
        var timings = UpstreamTimings()
        let connection = try await connection(from: pool, request, deadlines, &timings)
        let first = try await start(request, on: connection, deadlines, timings, &sending)
        guard first.wasStale else { return first }
        guard request.allowsResending else {
            pool.giveUpSlot()
            throw .closedBeforeResponse
        }
        metrics.retriedStale()
        sending.isResent = true
        timings.retriedStale = true
        let fresh = try await connect(request.origin, in: pool, deadlines, &timings)
        return try await start(request, on: fresh, deadlines, timings, &sending)
    }

    /// Starts an exchange; one on a stale connection returns, its slot kept, instead of throwing.
    private func start(
        _ request: UpstreamRequest,
        on connection: Connection,
        _ deadlines: AttemptDeadlines,
        _ timings: UpstreamTimings,
        _ sending: inout UpstreamSending
    ) async throws(UpstreamError) -> HTTP1Exchange {
        let exchange = HTTP1Exchange(
            request,
            on: connection,
            scratch: scratch,
            settings: settings,
            deadlines: deadlines,
            timings: timings,
            loop: loop
        )
        do throws(UpstreamError) {
            defer { sending.sentAt = exchange.requestSentAt }
            try await exchange.start()
        } catch {
            guard exchange.wasStale else { throw error }
        }
        return exchange
    }

    private func connection(
        from pool: ConnectionPool,
        _ request: UpstreamRequest,
        _ deadlines: AttemptDeadlines,
        _ timings: inout UpstreamTimings
    ) async throws(UpstreamError) -> Connection {
        let start = loop.now
        switch try await pool.acquire(deadline: min(start.advanced(by: deadlines.connect), deadlines.whole)) {
        case .connection(let connection):
            if connection.isReused { metrics.reused() }
            timings.connect = start.duration(to: loop.now)
            return connection
        case .slot:
            return try await connect(request.origin, in: pool, deadlines, &timings)
        }
    }

    /// Opens a connection in a slot that the caller holds, and gives the slot up where that fails.
    private func connect(
        _ origin: Origin,
        in pool: ConnectionPool,
        _ deadlines: AttemptDeadlines,
        _ timings: inout UpstreamTimings
    ) async throws(UpstreamError) -> Connection {
        let start = loop.now
        defer { timings.connect += start.duration(to: .now) }
        do throws(UpstreamError) {
            let deadline = min(start.advanced(by: deadlines.connect), deadlines.whole)
            return try await connector.connect(to: origin, in: pool, timeout: deadlines.connect, deadline: deadline)
        } catch {
            pool.giveUpSlot()
            guard case .connectTimedOut = error, loop.now >= deadlines.whole else { throw error }
            throw .wholeTimedOut
        }
    }

    // MARK: libcurl's HTTP

    private func transfer(
        _ request: UpstreamRequest,
        _ deadlines: AttemptDeadlines,
        _ sending: inout UpstreamSending
    ) async throws(UpstreamError) -> CurlTransfer {
        let pool = pool(for: request.origin)
        let deadline = min(loop.now.advanced(by: deadlines.connect), deadlines.whole)
        // A pool of this transport has slots only: libcurl keeps the connections.
        if case .connection(let connection) = try await pool.acquire(deadline: deadline) {
            connection.close(keepingSlot: true)
        }
        let transfer = CurlTransfer(request, connector: connector, pool: pool, deadlines: deadlines)
        defer { sending = UpstreamSending(sentAt: transfer.requestSentAt, isResent: transfer.timings.retriedStale) }
        try await transfer.start()
        return transfer
    }

    // MARK: Pools

    private func pool(for origin: Origin) -> ConnectionPool {
        if let pool = pools[origin] { return pool }
        let pool = ConnectionPool(on: loop, settings: settings, metrics: metrics, idleTimer: idleTimer)
        pools[origin] = pool
        return pool
    }

    /// Closes what has idled for its time, forgets origins that nobody uses, and looks again when the next one is due.
    private func closeIdle() {
        for pool in pools.values { pool.closeIdle(since: loop.now.advanced(by: .zero - settings.keepAlive)) }
        pools = pools.filter { !$0.value.isEmpty }
        if let oldest = pools.values.compactMap(\.oldestIdle).min() {
            idleTimer.arm(at: oldest.advanced(by: settings.keepAlive))
        }
    }
}
