/// Requests that wait for a slot because every model that suits them is full: bounded, by priority, then by age.
///
/// A value that holds no continuation: the gateway keeps those by id and resumes the ones that this names. Instants are
/// nanoseconds of the monotonic clock.
public struct SlotQueue: Sendable {
    /// Whether a request may wait.
    public enum Admission: Hashable, Sendable {
        /// It waits.
        case accepted
        /// As many wait already as may.
        case refused
    }

    /// Whom a free slot goes to, and who has waited too long by then.
    public struct Release: Hashable, Sendable {
        /// The request that may go on; `nil` if none waits for that model.
        public let next: UInt64?
        /// Requests that left the queue because their deadline has passed.
        public let expired: [UInt64]
    }

    private struct Waiter: Sendable {
        let id: UInt64
        let priority: Int
        let deadline: UInt64
        let models: [Int]
    }

    /// At most this many requests wait; where it is lowered, those beyond it wait on.
    public var capacity: Int
    /// The one to go next is last, so that taking it moves nothing.
    private var waiters: [Waiter] = []

    /// An empty queue; a capacity of 0 or less lets nobody wait.
    public init(capacity: Int) { self.capacity = capacity }

    /// How many requests wait.
    public var count: Int { waiters.count }

    /// Lets request `id` wait until `deadline` for a slot of one of `models`, by the numbers that the fleet gives them.
    ///
    /// Those of higher priority go first, and those of equal priority in the order in which they came.
    ///
    /// - Complexity: O(waiting) to move, O(log waiting) to compare.
    public mutating func enqueue(id: UInt64, priority: Int, deadline: UInt64, models: [Int]) -> Admission {
        guard waiters.count < capacity else { return .refused }
        var (low, high) = (0, waiters.count)
        while low < high {
            let middle = (low + high) / 2
            if waiters[middle].priority < priority { low = middle + 1 } else { high = middle }
        }
        waiters.insert(Waiter(id: id, priority: priority, deadline: deadline, models: models), at: low)
        return .accepted
    }

    /// Takes the request that a free slot of `model` goes to, and all that have expired by `now`.
    ///
    /// - Complexity: O(waiting) at most; O(1) where the first in line has time left and accepts the model.
    public mutating func next(for model: Int, now: UInt64) -> Release {
        var expired: [UInt64] = []
        var place = waiters.count
        while place > 0 {
            place -= 1
            let waiter = waiters[place]
            if waiter.deadline <= now {
                expired.append(waiter.id)
                waiters.remove(at: place)
            } else if waiter.models.contains(model) {
                waiters.remove(at: place)
                return Release(next: waiter.id, expired: expired)
            }
        }
        return Release(next: nil, expired: expired)
    }

    /// Takes out the requests whose deadline has passed by `now`, the first in line first.
    public mutating func expire(now: UInt64) -> [UInt64] {
        let expired = waiters.reversed().filter { $0.deadline <= now }.map(\.id)
        if !expired.isEmpty { waiters.removeAll { $0.deadline <= now } }
        return expired
    }

    /// Takes out request `id`, such as when its client has gone; false if it does not wait.
    public mutating func remove(id: UInt64) -> Bool {
        guard let place = waiters.lastIndex(where: { $0.id == id }) else { return false }
        waiters.remove(at: place)
        return true
    }
}
