internal import CLinux
internal import Glibc

/// A thread of the process's own, as an event loop needs one.
enum LoopThread {
    /// Starts a thread that calls `prepare` and then `run`, and returns between the two.
    ///
    /// - Parameters:
    ///   - name: Shown by `top -H`, its first 15 bytes.
    ///   - prepare: What has to be done before anybody else may know of the thread.
    ///   - run: The thread's work; it ends with that.
    /// - Throws: ``IOError`` if the kernel has no room for another thread.
    static func start(
        name: String,
        prepare: @escaping @Sendable () -> Void,
        run: @escaping @Sendable () -> Void
    ) throws(IOError) {
        let start = Start(name: name, prepare: prepare, run: run)
        let argument = Unmanaged.passRetained(start)
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                cl_name_thread(String(start.name.prefix(15)))
                start.prepare()
                start.isPrepared.signal()
                start.run()
                return nil
            },
            argument.toOpaque()
        )
        guard code == 0 else {
            argument.release()
            throw .system("pthread_create", code)
        }
        pthread_detach(thread)
        start.isPrepared.wait()
    }
}

/// What the new thread needs from the one that starts it.
private final class Start: Sendable {
    let name: String
    let prepare: @Sendable () -> Void
    let run: @Sendable () -> Void
    let isPrepared = Semaphore()

    init(name: String, prepare: @escaping @Sendable () -> Void, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.prepare = prepare
        self.run = run
    }
}

// `semaphore` is made and destroyed by its owner and otherwise touched by sem_wait and sem_post alone, both thread-safe.
/// A POSIX semaphore, for a thread that has no executor yet.
private final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
}
