/// Pairs of which none is as small as another in both numbers.
struct Staircase {
    /// Rising.
    private var first: [Double] = []
    /// Falling.
    private var second: [Double] = []

    /// Puts a pair in and those out that it beats, unless one that is in is as small in both; says whether it is in now.
    mutating func insert(_ first: Double, _ second: Double) -> Bool {
        let end = self.first.firstSorted { $0 > first }
        guard end == 0 || self.second[end - 1] > second else { return false }
        var last = end
        while last < self.first.count, self.second[last] >= second { last += 1 }
        // One with the same first number is beaten as well: its second one was found to be larger.
        let begin = end > 0 && self.first[end - 1] == first ? end - 1 : end
        self.first.replaceSubrange(begin..<last, with: CollectionOfOne(first))
        self.second.replaceSubrange(begin..<last, with: CollectionOfOne(second))
        return true
    }
}

extension Array {
    /// The first place, of values that are sorted so that those which satisfy a condition come last, that satisfies it.
    func firstSorted(where isPast: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isPast(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
