internal import CLinux
internal import Dispatch

/// Threads for work that takes a processor for long, and that loops and other processes go ahead of.
///
/// Dispatch keeps them. The quality of service is theirs alone: a thread that has once stood back can't step forward
/// again without rights that a gateway doesn't have, so no other work may come to it.
public enum BackgroundThreads {
    private static let queue = DispatchQueue(
        label: "switchyard.background",
        qos: .background,
        attributes: .concurrent
    )

    /// A third of another thread's share of the processor, where there is not enough for all, and that one's turns first.
    ///
    /// On two processors that four others want, a few milliseconds of work are still done within some tens. Where more want
    /// them it can take seconds: whoever waits for such work needs a deadline (``BackgroundQueue``).
    private static let niceness: Int32 = 5

    /// Calls `body` on one of the threads; as many run at once as are asked for, up to some hundreds.
    public static func run(_ body: @escaping @Sendable () -> Void) {
        queue.async {
            cl_stand_back(niceness)
            body()
        }
    }
}
