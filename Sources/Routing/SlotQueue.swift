public import Domain

/// Requests that wait for a slot because every model that suits them is full: bounded, by priority, fair between keys.
///
/// Among those of one priority the slots go round: each key has a line of its own, served in the order in which its
/// requests came, and the line that has been served least goes next (start-time fair queuing: Goyal, Vin and Cheng,
/// SIGCOMM 1996). So however many requests one key lets wait, another key's only request waits for one of them.
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

    /// Whose share of the slots a request is served from.
    public struct Flow: Hashable, Sendable {
        /// The key that pays; those without one share a line.
        public let key: KeyID?
        /// How many slots it gets for one that a key of weight 1 gets, 0.001 to 1000.
        public let weight: Double

        /// The flow of `key`; a weight beyond the range is held to it.
        public init(key: KeyID?, weight: Double = 1) {
            self.key = key
            self.weight = weight.isFinite ? min(max(weight, 0.001), 1000) : 1
        }

        /// Of everyone, where the gateway asks for no key.
        public static let anonymous = Flow(key: nil)
    }

    private struct Waiter: Sendable {
        let id: UInt64
        let deadline: UInt64
        let models: [Int]
    }

    /// Whose line it is, and at which priority.
    private struct LineID: Hashable, Sendable {
        let priority: Int
        let key: KeyID?
    }

    private struct Line: Sendable {
        let id: LineID
        let weight: Double
        /// Services in units of the weight: the line with the least goes next.
        var tag: Double
        /// The one to go next is last.
        var waiters: [Waiter]
    }

    /// At most this many requests wait; where it is lowered, those beyond it wait on.
    public var capacity: Int
    /// How many requests wait.
    public private(set) var count = 0
    /// None of them empty, the one to go next last: by priority, then by tag, then by when it came to that tag.
    private var lines: [Line] = []
    /// Tags of lines that are empty, so that a key is not served first each time that it comes back.
    private var tags: [LineID: Double] = [:]

    /// An empty queue; a capacity of 0 or less lets nobody wait.
    public init(capacity: Int) { self.capacity = capacity }

    /// Lets request `id` wait until `deadline` for a slot of one of `models`, by the numbers that the fleet gives them.
    ///
    /// Those of higher priority go first; among those of equal priority each flow in its turn, and those of one flow in
    /// the order in which they came.
    ///
    /// - Complexity: O(waiting).
    public mutating func enqueue(
        id: UInt64,
        flow: Flow,
        priority: Int,
        deadline: UInt64,
        models: [Int]
    ) -> Admission {
        guard count < capacity else { return .refused }
        count += 1
        let waiter = Waiter(id: id, deadline: deadline, models: models)
        let lineID = LineID(priority: priority, key: flow.key)
        if let place = lines.firstIndex(where: { $0.id == lineID }) {
            lines[place].waiters.insert(waiter, at: 0)
        } else {
            let tag = firstTag(of: lineID, weight: flow.weight, models: models)
            insert(Line(id: lineID, weight: flow.weight, tag: tag, waiters: [waiter]))
        }
        return .accepted
    }

    /// Takes the request that a free slot of `model` goes to, and all that have expired by `now`.
    ///
    /// - Complexity: O(waiting) at most; O(1) where the first in line has time left and accepts the model, and O(keys)
    ///   to move its line back.
    public mutating func next(for model: Int, now: UInt64) -> Release {
        var expired: [UInt64] = []
        for line in lines.indices.reversed() {
            for place in lines[line].waiters.indices.reversed() {
                let waiter = lines[line].waiters[place]
                let isExpired = waiter.deadline <= now
                guard isExpired || waiter.models.contains(model) else { continue }
                lines[line].waiters.remove(at: place)
                count -= 1
                guard isExpired else {
                    var served = lines.remove(at: line)
                    served.tag += 1 / served.weight
                    insert(served)
                    dropEmptyLines()
                    return Release(next: waiter.id, expired: expired)
                }
                expired.append(waiter.id)
            }
        }
        dropEmptyLines()
        return Release(next: nil, expired: expired)
    }

    /// Takes out the requests whose deadline has passed by `now`, the first in line first.
    public mutating func expire(now: UInt64) -> [UInt64] {
        let expired = lines.reversed().flatMap { $0.waiters.reversed() }.filter { $0.deadline <= now }.map(\.id)
        guard !expired.isEmpty else { return [] }
        for line in lines.indices { lines[line].waiters.removeAll { $0.deadline <= now } }
        count -= expired.count
        dropEmptyLines()
        return expired
    }

    /// Takes out request `id`, such as when its client has gone; false if it does not wait.
    public mutating func remove(id: UInt64) -> Bool {
        for line in lines.indices {
            guard let place = lines[line].waiters.firstIndex(where: { $0.id == id }) else { continue }
            lines[line].waiters.remove(at: place)
            count -= 1
            dropEmptyLines()
            return true
        }
        return false
    }

    /// Where a line that was empty begins: with those that compete with it, and a service behind them if it has just had
    /// one.
    private func firstTag(of id: LineID, weight: Double, models: [Int]) -> Double {
        // Whoever waits for other models only says nothing about how far these have come.
        let competing = lines.filter { line in
            line.id.priority == id.priority && line.waiters.last?.models.contains(where: models.contains) == true
        }
        let last = tags[id] ?? 0
        guard let least = competing.map(\.tag).min() else { return last }
        return min(max(last, least), least + 1 / weight)
    }

    private mutating func insert(_ line: Line) {
        let place = lines.firstIndex { other in
            other.id.priority == line.id.priority
                ? other.tag <= line.tag : other.id.priority > line.id.priority
        }
        lines.insert(line, at: place ?? lines.count)
    }

    private mutating func dropEmptyLines() {
        if lines.isEmpty { return }
        for line in lines where line.waiters.isEmpty { tags[line.id] = line.tag }
        lines.removeAll(where: \.waiters.isEmpty)
        // Who is forgotten is served a little sooner than its turn, once.
        if lines.isEmpty || tags.count > max(64, 2 * capacity) { tags.removeAll(keepingCapacity: true) }
    }
}
