/// The latest predicted gains, and where a new one stands among them.
struct GainWindow: Sendable {
    private let capacity: Int
    /// In the order in which they came, the next to be forgotten at `oldest`.
    private var ring: [Double] = []
    private var oldest = 0
    private var sorted: [Double] = []

    init(capacity: Int) {
        precondition(capacity > 0, "a window without places")
        self.capacity = capacity
        ring.reserveCapacity(capacity)
        sorted.reserveCapacity(capacity)
    }

    /// The share of the latest gains below `gain`, 0 to 1; among equal ones `draw`, from 0 to 1, decides.
    ///
    /// Of gains that come in no order the ranks are spread evenly, ties or not.
    func rank(of gain: Double, draw: Double) -> Double {
        let below = place(of: gain) { $0 < $1 }
        let through = place(of: gain) { $0 <= $1 }
        return (Double(below) + draw * Double(through - below + 1)) / Double(sorted.count + 1)
    }

    /// Takes `gain` in and forgets the oldest one.
    mutating func insert(_ gain: Double) {
        if ring.count < capacity {
            ring.append(gain)
        } else {
            sorted.remove(at: place(of: ring[oldest]) { $0 < $1 })
            ring[oldest] = gain
            oldest = (oldest + 1) % capacity
        }
        sorted.insert(gain, at: place(of: gain) { $0 < $1 })
    }

    /// How many of the sorted gains stand before `gain`.
    private func place(of gain: Double, isBefore: (Double, Double) -> Bool) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(sorted[middle], gain) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
