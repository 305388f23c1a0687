internal import Synchronization

/// What happens to one model at run time; shared by the fleets before and after a reload.
///
/// Shared, because a request that took a slot before a reload gives it back after.
final class ModelState: Sendable {
    /// Tells it from every other state that the fleet has had.
    let number: Int
    /// How many requests may be in flight, as the newest registry says.
    let slots: Atomic<Int>
    /// Requests in flight.
    let active = Atomic<Int>(0)
    /// Whether the operator switched it off.
    let isSwitchedOff = Atomic<Bool>(false)
    /// Until when the dispatcher leaves it alone, in nanoseconds of the monotonic clock.
    let coolsUntil = Atomic<UInt64>(0)
    /// Whether there is anything to its health: an open circuit, or one that was lately, or a load that it reported.
    ///
    /// Set and cleared under the lock; while it is false, decisions need not take that to look.
    let isDelicate = Atomic<Bool>(false)
    /// Its calls and what they tell; held for a few additions at a time.
    let record: Mutex<Record>

    struct Record: Sendable {
        var window: RollingWindow
        var health: ModelHealth
    }

    init(number: Int, slots: Int, windowSize: Int, health: HealthSettings, seed: UInt64) {
        self.number = number
        self.slots = Atomic(slots)
        record = Mutex(
            Record(window: RollingWindow(capacity: windowSize), health: ModelHealth(health, seed: seed))
        )
    }

    /// Requests in flight.
    var activeCount: Int { active.load(ordering: .acquiring) }

    /// Takes a slot if fewer than `limit` are taken: check and increment are one step.
    func acquire(limit: Int) -> Bool {
        var taken = active.load(ordering: .relaxed)
        while taken < limit {
            let (isExchanged, found) = active.weakCompareExchange(
                expected: taken,
                desired: taken + 1,
                ordering: .acquiringAndReleasing
            )
            if isExchanged { return true }
            taken = found
        }
        return false
    }

    /// Gives a slot back.
    func release() {
        let taken = active.subtract(1, ordering: .acquiringAndReleasing).oldValue
        precondition(taken > 0, "a slot is given back once for each time it was taken")
    }
}
