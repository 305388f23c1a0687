internal import Synchronization

/// What one loop's client counts; written on its loop, read on any thread.
public final class UpstreamMetrics: Sendable {
    private let openCount = Atomic<Int>(0)
    private let idleCount = Atomic<Int>(0)
    private let connectCount = Atomic<Int>(0)
    private let reuseCount = Atomic<Int>(0)
    private let staleRetryCount = Atomic<Int>(0)
    private let failures = Mutex([Int](repeating: 0, count: UpstreamError.Kind.allCases.count))

    init() {}

    /// Connections that are open, idle ones included.
    public var open: Int { openCount.load(ordering: .relaxed) }
    /// Connections that nobody uses.
    public var idle: Int { idleCount.load(ordering: .relaxed) }
    /// Connections made.
    public var connects: Int { connectCount.load(ordering: .relaxed) }
    /// Requests sent on a connection that had carried one before.
    public var reuses: Int { reuseCount.load(ordering: .relaxed) }
    /// Requests sent again because a reused connection was closed.
    public var staleRetries: Int { staleRetryCount.load(ordering: .relaxed) }

    /// Attempts that failed for this kind of reason.
    public func failures(_ kind: UpstreamError.Kind) -> Int { failures.withLock { $0[kind.rawValue] } }

    func connected() {
        connectCount.add(1, ordering: .relaxed)
        openCount.add(1, ordering: .relaxed)
    }

    func closed() { openCount.subtract(1, ordering: .relaxed) }
    func idled(_ change: Int) { idleCount.add(change, ordering: .relaxed) }
    func reused() { reuseCount.add(1, ordering: .relaxed) }
    func retriedStale() { staleRetryCount.add(1, ordering: .relaxed) }
    func failed(_ error: UpstreamError) { failures.withLock { $0[error.kind.rawValue] += 1 } }
}
