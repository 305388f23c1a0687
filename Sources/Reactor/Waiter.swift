/// One task's wait for an event, a deadline or its cancellation, whichever comes first; loop-confined.
///
/// The wait ends exactly once: whoever comes second finds nobody waiting. Reused for every wait of its owner.
public final class Waiter {
    /// Why a wait ended.
    public enum Reason: Sendable {
        /// What was waited for has come.
        case ready
        /// The deadline passed.
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// The owner was closed.
        case closed
    }

    private let loop: EventLoop
    private let timer: Timer
    private var continuation: UnsafeContinuation<Reason, Never>?
    private var waitCount: UInt32 = 0

    /// A waiter on `loop`.
    public init(on loop: EventLoop) {
        self.loop = loop
        timer = Timer(on: loop)
        timer.action = { [unowned self] in end(.timedOut) }
    }

    deinit { timer.action = nil }

    /// Whether a task waits.
    public var isWaiting: Bool { continuation != nil }

    /// Suspends the calling task until ``end(_:)`` or `deadline`, whether or not it is cancelled: cheaper, for whoever has
    /// another way to end the wait.
    ///
    /// - Precondition: No other task waits here.
    public func waitIgnoringCancellation(until deadline: Instant) async -> Reason {
        precondition(continuation == nil, "two tasks wait for one event")
        waitCount &+= 1
        return await withUnsafeContinuation { continuation in
            self.continuation = continuation
            timer.arm(at: deadline)
        }
    }

    /// Suspends the calling task until ``end(_:)``, `deadline` or its cancellation.
    ///
    /// - Precondition: No other task waits here.
    public func wait(until deadline: Instant) async -> Reason {
        precondition(continuation == nil, "two tasks wait for one event")
        waitCount &+= 1
        let wait = waitCount
        let bound = LoopBound(self, to: loop)
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                // A task cancelled before it waits has had its handler called already, in vain.
                if Task.isCancelled {
                    continuation.resume(returning: .cancelled)
                } else {
                    self.continuation = continuation
                    timer.arm(at: deadline)
                }
            }
        } onCancel: {
            // From another thread it comes a turn late: by then a later task may wait here, on a socket that went
            // back to its pool, and must not be cancelled for the earlier one.
            bound.run { if $0.waitCount == wait { $0.end(.cancelled) } }
        }
    }

    /// Moves the deadline of the wait, if there is one.
    public func extend(until deadline: Instant) {
        if isWaiting { timer.arm(at: deadline) }
    }

    /// Ends the wait, if there is one, for `reason`; the task resumes later in this turn of the loop.
    public func end(_ reason: Reason) {
        guard let continuation else { return }
        self.continuation = nil
        timer.disarm()
        continuation.resume(returning: reason)
    }
}

extension EventLoop {
    /// Suspends the calling task, which runs on this loop, until `instant`.
    ///
    /// - Throws: ``IOError/cancelled`` if the task is cancelled first.
    public func sleep(until instant: Instant) async throws(IOError) {
        if await Waiter(on: self).wait(until: instant) == .cancelled { throw .cancelled }
    }
}
