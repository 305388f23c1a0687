/// The beginnings that a ``BeamSearch`` keeps: plans for the first hours of a stretch, all up to the same hour.
///
/// Beginnings are told apart by what is to spare in the windows that are open. Those that agree in it have the same to come,
/// and the one that has lost least goes on.
struct Beam {
    /// A point that the next hour may have.
    struct Choice {
        let point: Int
        /// What it costs more than its quality is worth.
        let loss: Double
        /// How much less quality it has than the best choice.
        let less: Double
    }

    /// The last step of a beginning: the place of the beginning before it, and its point.
    struct Step {
        let parent: Int
        let point: Int
    }

    /// A beginning with a choice for the next hour.
    private struct Extension {
        /// What they are compared by.
        let rank: Double
        let lost: Double
        let parent: Int
        let choice: Int
    }

    /// The last steps of all beginnings.
    private(set) var steps: [Step] = []
    private var lost = [0.0]
    /// What the open windows of each beginning have to spare if all later hours get the best choice: four to a lane.
    private var spares: [SIMD4<Double>]
    /// The prices of the open windows, 0 where a place is free.
    private var prices: [SIMD4<Double>]
    private let laneCount: Int
    private let width: Int
    private let limit: Double
    private let waste: Double
    private let tolerance: Double
    /// Whether what is to come depends on the last point too.
    private let tellsPoints: Bool
    /// Kept from hour to hour for their memory alone.
    private var (extensions, ranks, next, places) = ([Extension](), [Double](), [SIMD4<Double>](), [Int32]())

    /// What a place has to spare that no window is at: so much that it is never the least, and no infinity, which has no
    /// product with 0.
    private static let nothing = 1e100

    /// One beginning, of no hours.
    ///
    /// - Parameters:
    ///   - openMax: The most windows that are open at once.
    ///   - width: The most beginnings that are kept.
    ///   - limit: What a beginning must have lost less than.
    ///   - waste: How much of what open windows have to spare counts as lost where beginnings are compared, as a share.
    ///   - tolerance: What windows may be short of.
    ///   - tellsPoints: Whether beginnings are told apart by their last points as well.
    init(openMax: Int, width: Int, limit: Double, waste: Double, tolerance: Double, tellsPoints: Bool) {
        laneCount = (openMax + 3) / 4
        (self.width, self.limit, self.waste, self.tolerance) = (width, limit, waste, tolerance)
        self.tellsPoints = tellsPoints
        spares = Array(repeating: SIMD4(repeating: Self.nothing), count: laneCount)
        prices = Array(repeating: .zero, count: laneCount)
    }

    /// The place of the beginning that has lost least.
    var leastLost: Int { lost.indices.min { lost[$0] < lost[$1] } ?? 0 }

    /// Adds a window that begins with the next hour.
    ///
    /// - Parameters:
    ///   - window: Windows are added and closed in their order.
    ///   - spare: What it has to spare if all hours get the best choice.
    ///   - price: What a unit of that is worth.
    mutating func open(_ window: Int, spare: Double, price: Double) {
        let (lane, part) = place(window)
        prices[lane][part] = price
        for first in stride(from: lane, to: spares.count, by: laneCount) { spares[first][part] = spare }
    }

    /// Goes on by an hour.
    ///
    /// - Parameters:
    ///   - choices: The points that the hour may have.
    ///   - closing: The windows that end with it.
    ///   - started: What starting the machines of a point costs after another; `nil` is the one before all hours.
    mutating func advance(_ choices: [Choice], closing: Range<Int>, started: (Int, Int?) -> Double) {
        let ending = closing.map { place($0) }
        let endingPrices = ending.map { prices[$0.lane][$0.part] }
        for (lane, part) in ending { prices[lane][part] = 0 }
        let openPrice = prices.reduce(.zero, +).sum()
        extensions.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
        for parent in lost.indices {
            let first = parent * laneCount
            var least = SIMD4(repeating: Self.nothing)
            var surplus = SIMD4<Double>.zero
            for lane in 0..<laneCount {
                let spare = spares[first + lane]
                least.replace(with: spare, where: spare .< least)
                surplus += prices[lane] * spare
            }
            let (most, value) = (least.min() + tolerance, surplus.sum())
            for (index, choice) in choices.enumerated() where choice.less <= most {
                var sum = lost[parent] + choice.loss + started(choice.point, steps.isEmpty ? nil : steps[parent].point)
                for (place, price) in zip(ending, endingPrices) {
                    sum += price * max(0, spares[first + place.lane][place.part] - choice.less)
                }
                guard sum < limit else { continue }
                let rank = sum + waste * (value - openPrice * choice.less)
                extensions.append(Extension(rank: rank, lost: sum, parent: parent, choice: index))
                ranks.append(rank)
            }
        }
        extend(choices, closing: ending)
    }

    /// Makes beginnings of the best extensions, one of those that have the same to come.
    private mutating func extend(_ choices: [Choice], closing: [(lane: Int, part: Int)]) {
        let count = min(width, extensions.count)
        let last = count < extensions.count ? ranks.smallest(count) : .infinity
        next.removeAll(keepingCapacity: true)
        var (ahead, lost, marks) = ([Step](), [Double](), [UInt64]())
        ahead.reserveCapacity(count)
        lost.reserveCapacity(count)
        marks.reserveCapacity(count)
        let bits = UInt64.bitWidth - (2 * count).leadingZeroBitCount
        places.removeAll(keepingCapacity: true)
        places.append(contentsOf: repeatElement(-1, count: 1 << bits))
        // Of many that are equal the first.
        for extended in extensions.lazy.filter({ $0.rank <= last }).prefix(count) {
            let choice = choices[extended.choice]
            let first = next.count
            let start = extended.parent * laneCount
            for lane in start..<start + laneCount { next.append(spares[lane] - choice.less) }
            for (lane, part) in closing { next[first + lane][part] = Self.nothing }
            let mark = self.mark(first, choice.point)
            var place = Int(mark >> UInt64(UInt64.bitWidth - bits))
            while places[place] >= 0, marks[Int(places[place])] != mark { place = (place + 1) & (1 << bits - 1) }
            let step = Step(parent: extended.parent, point: choice.point)
            let found = Int(places[place])
            guard found < 0 else {
                next.removeSubrange(first...)
                if extended.lost < lost[found] { (ahead[found], lost[found]) = (step, extended.lost) }
                continue
            }
            places[place] = Int32(ahead.count)
            ahead.append(step)
            lost.append(extended.lost)
            marks.append(mark)
        }
        swap(&spares, &next)
        (steps, self.lost) = (ahead, lost)
    }

    /// The place of a window that is open: those that are follow each other.
    private func place(_ window: Int) -> (lane: Int, part: Int) {
        let place = window % (4 * laneCount)
        return (place / 4, place % 4)
    }

    /// A number that is the same for beginnings that have the same to come, and for others next to never.
    private func mark(_ first: Int, _ point: Int) -> UInt64 {
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        var mixed = SIMD4<UInt64>(1, 2, 3, 4)
        for lane in next[first..<first + laneCount] {
            mixed ^= SIMD4(lane[0].bitPattern, lane[1].bitPattern, lane[2].bitPattern, lane[3].bitPattern)
            mixed &*= factor
        }
        var mark = tellsPoints ? UInt64(point) : 0
        for part in 0..<4 { mark = (mark ^ mixed[part] ^ (mixed[part] >> 32)) &* factor }
        return mark
    }
}

extension [Double] {
    /// The greatest of the `count` least values; changes their order (Hoare's selection, 1961).
    mutating func smallest(_ count: Int) -> Double {
        var (low, high) = (0, self.count - 1)
        while low < high {
            let pivot = self[(low + high) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while self[left] < pivot { left += 1 }
                while self[right] > pivot { right -= 1 }
                guard left <= right else { break }
                swapAt(left, right)
                left += 1
                right -= 1
            }
            if count - 1 <= right {
                high = right
            } else if count - 1 >= left {
                low = left
            } else {
                break
            }
        }
        return self[count - 1]
    }
}
