/// A value that another thread makes for a task of this loop, which waits for it no longer than it likes; loop-confined.
public final class Arrival<Value: Sendable> {
    private let loop: EventLoop
    private let waiter: Waiter
    /// What has come; `nil` until then, and where there turned out to be nothing.
    public private(set) var value: Value?

    /// Nothing has come yet; made on `loop`.
    public init(on loop: EventLoop) {
        self.loop = loop
        waiter = Waiter(on: loop)
    }

    /// What the other thread calls, once, with what it has made, or with `nil` for nothing: also when nobody waits any more.
    public var send: @Sendable (Value?) -> Void {
        let bound = LoopBound(self, to: loop)
        return { value in
            bound.run { arrival in
                arrival.value = value
                arrival.waiter.end(.ready)
            }
        }
    }

    /// Suspends the calling task until ``send`` was called, `deadline`, or its cancellation unless that does not matter.
    ///
    /// - Precondition: The value has not come yet, and no other task waits here.
    public func wait(until deadline: Instant, evenIfCancelled: Bool = false) async -> Waiter.Reason {
        if evenIfCancelled { return await waiter.waitIgnoringCancellation(until: deadline) }
        return await waiter.wait(until: deadline)
    }
}
