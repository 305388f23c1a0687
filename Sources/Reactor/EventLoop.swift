internal import CLinux
internal import Domain
internal import Glibc
internal import Synchronization

// All mutable state but `inbox` and `isStopping` is touched on the loop's own thread alone: `enqueue` compares threads
// first, and every other entry point checks `preconditionCurrent()`.
/// One thread, its epoll instance, and everything that runs on it: descriptors, timers and tasks.
///
/// A task that prefers a loop (`Task(executorPreference: loop)`) runs on that loop's thread alone, so plain `async` code
/// can own sockets without a lock: every `await` resumes on the same thread. A job enqueued from the loop's own thread
/// goes on a plain array; only jobs from other threads take the lock and wake the loop.
///
/// Each turn: wait for events or the next timer, hand events to their handlers, fire timers, run the jobs that those
/// made ready until none is left.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// Shown by `top -H` and in metrics.
    public let name: String

    private let epoll: Int32
    private let wakeUp: Int32
    private let inbox = Mutex<[UnownedJob]>([])
    private let isStopping = Atomic<Bool>(false)
    private var thread = pthread_t()
    private var jobs: [UnownedJob] = []
    private var registrations = RegistrationTable()
    private(set) var timers = TimerQueue()
    /// The time at which this turn's events came in: one clock reading a turn.
    public private(set) var now = Instant.now

    /// Starts a loop on a new thread.
    ///
    /// - Throws: ``IOError`` if the kernel has no descriptors left.
    public init(name: String) throws(IOError) {
        self.name = name
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .system("epoll_create1", errno) }
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeUp >= 0 else {
            let error = IOError.system("eventfd", errno)
            Glibc.close(epoll)
            throw error
        }
        cl_epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, EPOLLIN.rawValue, RegistrationTable.wakeUpToken)
        try LoopThread.start(name: name) { [self] in
            thread = pthread_self()
            // What wakes a loop is a peer that waits; a thread that writes the ledger can be interrupted for it.
            cl_shorten_turns(100_000)
        } run: { [self] in
            run()
        }
    }

    deinit {
        Glibc.close(wakeUp)
        Glibc.close(epoll)
    }

    // MARK: Executor

    /// Runs `job` on the loop's thread in this turn or the next; called by the Swift runtime on any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
            return
        }
        let wasEmpty = inbox.withLock { inbox in
            defer { inbox.append(job) }
            return inbox.isEmpty
        }
        // One wake-up is enough for all the jobs that the loop has not yet taken.
        if wasEmpty { eventfd_write(wakeUp, 1) }
    }

    /// Whether the caller runs on the loop's thread.
    public var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Traps unless the caller runs on the loop's thread: a programmer's error, never the outside's.
    public func preconditionCurrent() {
        precondition(isCurrent, "loop-confined state touched from another thread than \(name)'s")
    }

    /// Lets the loop end after its current turn; tasks that still wait are never resumed, so drain first.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        eventfd_write(wakeUp, 1)
    }

    // MARK: Descriptors

    /// Reports readiness of `descriptor` to `handler` until ``unregister(_:descriptor:)``, edge-triggered by default.
    ///
    /// - Throws: ``IOError`` if the kernel refuses (too many watches).
    public func register(
        _ descriptor: Int32,
        for readiness: Readiness,
        handler: any ReadinessHandler
    ) throws(IOError) -> Registration {
        preconditionCurrent()
        let registration = registrations.insert(handler)
        guard cl_epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, readiness.rawValue, registration.token) == 0 else {
            let error = IOError.system("epoll_ctl", errno)
            registrations.remove(registration)
            throw error
        }
        return registration
    }

    /// Changes what a registered descriptor is watched for.
    public func modify(_ registration: Registration, descriptor: Int32, for readiness: Readiness) {
        preconditionCurrent()
        cl_epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, readiness.rawValue, registration.token)
    }

    /// Ends a registration: events of the current turn that still name it are dropped.
    ///
    /// A descriptor that stays open elsewhere (libcurl's) has to be named; closing one ends its watch anyway.
    public func unregister(_ registration: Registration, descriptor: Int32? = nil) {
        preconditionCurrent()
        if let descriptor { cl_epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0, 0) }
        registrations.remove(registration)
    }

    // MARK: Timers

    /// Arms `timer` to fire at `instant`; a timer that is armed already moves.
    func arm(_ timer: Timer, at instant: Instant) {
        preconditionCurrent()
        timers.arm(timer, at: instant)
    }

    // MARK: Thread

    private func run() {
        let capacity = 512
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        defer { events.deallocate() }
        while !isStopping.load(ordering: .acquiring) {
            let count = Int(epoll_wait(epoll, events, Int32(capacity), waitMilliseconds()))
            now = Instant.now
            for index in 0..<max(count, 0) { dispatch(&events[index]) }
            for timer in timers.popDue(now: now) { timer.fire(now: now) }
            runJobs()
        }
        // They refer to the loop, and would keep one another for ever.
        timers = TimerQueue()
        registrations = RegistrationTable()
    }

    private func dispatch(_ event: inout epoll_event) {
        let token = cl_event_data(&event)
        guard token != RegistrationTable.wakeUpToken else {
            var count: eventfd_t = 0
            eventfd_read(wakeUp, &count)
            return
        }
        registrations[token]?.ready(Readiness(rawValue: event.events))
    }

    /// Runs every job that is ready, those that they make ready too.
    private func runJobs() {
        inbox.withLock { inbox in
            guard !inbox.isEmpty else { return }
            jobs.append(contentsOf: inbox)
            inbox.removeAll(keepingCapacity: true)
        }
        var batch: [UnownedJob] = []
        // Bounded, so that tasks that keep each other busy cannot keep the sockets waiting.
        for _ in 0..<64 {
            guard !jobs.isEmpty else { break }
            swap(&batch, &jobs)
            // As a task's executor, not an actor's: only then does an `await` on the loop go on at once. Else each call
            // into an `async` function is a job of its own, and what a waiter waits for may happen in between.
            for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
            batch.removeAll(keepingCapacity: true)
        }
        if jobs.isEmpty { swap(&batch, &jobs) }  // keeps the larger buffer
    }

    private func waitMilliseconds() -> Int32 {
        guard jobs.isEmpty else { return 0 }
        guard let next = timers.next else { return -1 }
        let wait = Instant.now.duration(to: next)
        guard wait > .zero else { return 0 }
        // Rounded up: a timer that fires early would only wait again.
        return Int32(clamping: (wait.nanoseconds + 999_999) / 1_000_000)
    }
}
