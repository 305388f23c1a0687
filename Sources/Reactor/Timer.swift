internal import HeapModule

/// Something that happens once at an instant, on a loop's thread; made once and armed many times.
///
/// Arming later than before, as every read of a connection does, touches no queue: the entry that surfaces early finds
/// the new instant and goes back.
public final class Timer {
    private let loop: EventLoop
    /// What happens; an owner that could outlive its use clears it.
    public var action: (() -> Void)?
    fileprivate var instant: Instant?
    fileprivate var queued: Instant?

    /// A timer on `loop`, not armed.
    public init(on loop: EventLoop, action: (() -> Void)? = nil) {
        self.loop = loop
        self.action = action
    }

    /// Whether it will fire.
    public var isArmed: Bool { instant != nil }

    /// Fires at `instant`, rather than whenever it was to fire before; never at ``Instant/never``.
    public func arm(at instant: Instant) {
        if instant == .never { disarm() } else { loop.arm(self, at: instant) }
    }

    /// Does not fire.
    public func disarm() { instant = nil }

    /// Fires a timer that ``TimerQueue/popDue(now:)`` took, unless another one of the same turn has stopped or moved it.
    func fire(now: Instant) {
        guard queued == nil, let instant, instant <= now else { return }
        self.instant = nil
        action?()
    }
}

/// The timers of one loop: a heap of entries, some of them stale.
///
/// An entry is live while its timer's `queued` is the entry's own instant. Stale ones are dropped as they surface, or all
/// together when the heap has doubled, so that closed connections do not stay in memory for their idle time.
struct TimerQueue {
    private struct Entry: Comparable {
        let instant: Instant
        let timer: Timer

        static func < (left: Entry, right: Entry) -> Bool { left.instant < right.instant }
        static func == (left: Entry, right: Entry) -> Bool { left.instant == right.instant }
    }

    private var heap = Heap<Entry>()
    private var countAtCompaction = 512

    /// Entries, the stale ones too.
    var count: Int { heap.count }

    mutating func arm(_ timer: Timer, at instant: Instant) {
        timer.instant = instant
        if let queued = timer.queued, queued <= instant { return }
        insert(timer, at: instant)
    }

    /// When to look again; possibly earlier than the next timer.
    var next: Instant? { heap.min?.instant }

    /// Takes the timers whose instants have come.
    mutating func popDue(now: Instant) -> [Timer] {
        var due: [Timer] = []
        while let entry = heap.min, entry.instant <= now {
            heap.removeMin()
            let timer = entry.timer
            guard timer.queued == entry.instant else { continue }
            timer.queued = nil
            guard let instant = timer.instant else { continue }
            if instant <= now { due.append(timer) } else { insert(timer, at: instant) }
        }
        return due
    }

    private mutating func insert(_ timer: Timer, at instant: Instant) {
        if heap.count >= 2 * countAtCompaction { dropStale() }
        timer.queued = instant
        heap.insert(Entry(instant: instant, timer: timer))
    }

    private mutating func dropStale() {
        var kept: [Entry] = []
        for entry in heap.unordered where entry.timer.queued == entry.instant {
            if entry.timer.instant == nil { entry.timer.queued = nil } else { kept.append(entry) }
        }
        heap = Heap(kept)
        countAtCompaction = max(512, heap.count)
    }
}
