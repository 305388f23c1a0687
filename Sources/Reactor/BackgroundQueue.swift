internal import Synchronization

/// Work for ``BackgroundThreads`` that tasks wait for, each for a time: only so much of it at once, and what nobody waits for
/// any more is not done.
///
/// Threads that stand back may not run for seconds where others want all processors. Without these limits work would pile up
/// meanwhile, and whoever wants it would wait as long.
public final class BackgroundQueue: Sendable {
    private let countMax: Int
    /// Work that was handed over and has not been taken off by a thread, wanted or not.
    private let count = Atomic(0)

    /// A queue of at most `countMax` pieces of work, those that are being done included.
    public init(countMax: Int) { self.countMax = countMax }

    /// What `body` returns when one of the threads has called it; asked for on `loop`.
    ///
    /// `nil` at once where too much waits, else where that has not happened by `deadline` or when the task is cancelled,
    /// unless that does not matter.
    public func value<Value: Sendable>(
        on loop: EventLoop,
        until deadline: Instant,
        evenIfCancelled: Bool = false,
        _ body: @escaping @Sendable () -> Value
    ) async -> Value? {
        guard count.add(1, ordering: .relaxed).newValue <= countMax else {
            count.subtract(1, ordering: .relaxed)
            return nil
        }
        let arrival = Arrival<Value>(on: loop)
        let send = arrival.send
        let work = Work {
            let value = body()
            // Before whoever waits can hand over the next.
            self.count.subtract(1, ordering: .relaxed)
            send(value)
        }
        BackgroundThreads.run {
            if let body = work.take() { body() } else { self.count.subtract(1, ordering: .relaxed) }
        }
        _ = await arrival.wait(until: deadline, evenIfCancelled: evenIfCancelled)
        // What it holds is large, and may lie there for long.
        _ = work.take()
        return arrival.value
    }

    /// A piece of work, for the first who takes it: a thread to do it, or the task that has given up to drop it.
    private final class Work: Sendable {
        private let body: Mutex<(@Sendable () -> Void)?>

        init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }

        func take() -> (@Sendable () -> Void)? { body.withLock { $0.take() } }
    }
}
