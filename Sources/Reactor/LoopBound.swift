// Sendable, because `value` traps on any thread but the loop's: the value is never reached from two.
/// A value that only its loop's thread may touch, as something that can be handed across threads.
///
/// It is how loop-confined state gets into the tasks and cancellation handlers of its own loop.
public struct LoopBound<Value>: @unchecked Sendable {
    /// The loop whose thread owns the value.
    public let loop: EventLoop
    private let storage: Value

    /// Binds `value` to `loop`; on the loop's thread, or before the loop has seen the value.
    public init(_ value: Value, to loop: EventLoop) {
        self.loop = loop
        storage = value
    }

    /// The value, on the loop's thread.
    public var value: Value {
        loop.preconditionCurrent()
        return storage
    }

    /// Calls `body` on the loop's thread: at once if that is the caller's, else in the loop's next turn.
    public func run(_ body: @escaping @Sendable (Value) -> Void) {
        if loop.isCurrent {
            body(storage)
        } else {
            Task(executorPreference: loop) { body(self.value) }
        }
    }
}

extension EventLoop {
    /// Starts a task whose every step runs on this loop's thread.
    ///
    /// - Parameter body: Gets what ``LoopBound`` carries in.
    /// - Returns: The task; keep it where somebody may have to cancel it.
    @discardableResult
    public func start(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self, operation: body)
    }

    /// Runs `body` on the loop's thread and waits for its result; from any task.
    public func perform<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await Task(executorPreference: self) { body() }.value
    }
}
