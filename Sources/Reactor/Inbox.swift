internal import Glibc

// `jobs` is touched under the lock alone; the lock is made and destroyed by the owner and otherwise only locked.
/// The jobs that other threads hand to a loop.
///
/// A POSIX mutex rather than `Mutex`: that one hands itself over inside the kernel under contention, where the thread
/// sanitizer does not see it and calls the next access a race.
final class Inbox: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []

    init() { pthread_mutex_init(lock, nil) }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Adds a job; whether it is the only one, so that the loop has to be woken.
    func append(_ job: UnownedJob) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        jobs.append(job)
        return jobs.count == 1
    }

    /// Moves all jobs behind those of `batch`.
    func move(to batch: inout [UnownedJob]) {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        guard !jobs.isEmpty else { return }
        batch.append(contentsOf: jobs)
        jobs.removeAll(keepingCapacity: true)
    }
}
