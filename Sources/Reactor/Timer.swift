internal import HeapModule

/// Something that happens once at an instant, on a loop's thread; made once and armed many times.
///
/// Arming later than before, as every read of a connection does, touches no queue: the entry that fires early finds the
/// new instant and goes back.
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
    public func disarm() {
        if instant != nil { loop.disarm(self) }
    }

    fileprivate func expire() { instant = nil }

    func fire() { action?() }
}

/// The timers of one loop: a heap of entries, some of them stale.
///
/// An entry is live while its timer's `queued` is the entry's own instant. Stale ones are dropped as they surface, or all
/// together once they are the majority, so that closed connections do not stay in memory for their idle time.
struct TimerQueue {
    private struct Entry: Comparable {
        let instant: Instant
        let timer: Timer

        static func < (left: Entry, right: Entry) -> Bool { left.instant < right.instant }
        static func == (left: Entry, right: Entry) -> Bool { left.instant == right.instant }
    }

    private var heap = Heap<Entry>()
    private var unarmedCount = 0

    mutating func arm(_ timer: Timer, at instant: Instant) {
        if timer.instant == nil, timer.queued != nil { unarmedCount -= 1 }
        timer.instant = instant
        if let queued = timer.queued, queued <= instant { return }
        timer.queued = instant
        heap.insert(Entry(instant: instant, timer: timer))
    }

    mutating func disarm(_ timer: Timer) {
        guard timer.instant != nil else { return }
        timer.instant = nil
        unarmedCount += 1
        if unarmedCount > 1024, unarmedCount > heap.count / 2 { dropUnarmed() }
    }

    /// When to look again; possibly earlier than the next timer.
    var next: Instant? { heap.min?.instant }

    /// Takes the timers whose instants have come.
    mutating func popExpired(now: Instant) -> [Timer] {
        guard let first = heap.min, first.instant <= now else { return [] }
        var expired: [Timer] = []
        while let entry = heap.min, entry.instant <= now {
            _ = heap.popMin()
            let timer = entry.timer
            guard timer.queued == entry.instant else { continue }
            timer.queued = nil
            guard let instant = timer.instant else {
                unarmedCount -= 1
                continue
            }
            if instant <= now {
                timer.expire()
                expired.append(timer)
            } else {
                timer.queued = instant
                heap.insert(Entry(instant: instant, timer: timer))
            }
        }
        return expired
    }

    private mutating func dropUnarmed() {
        let kept = heap.unordered.filter { $0.timer.queued == $0.instant && $0.timer.instant != nil }
        for entry in heap.unordered where entry.timer.instant == nil { entry.timer.queued = nil }
        heap = Heap(kept)
        unarmedCount = 0
    }
}
