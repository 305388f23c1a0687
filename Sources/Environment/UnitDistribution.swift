internal import Domain

/// How numbers from 0 to 1 are distributed.
public enum UnitDistribution: Hashable, Sendable {
    /// Beta(2, 2·`pairs` − 1), for whole pairs from 1 up.
    case secondLeast(pairs: Int)
    /// Evenly between neighbours of these quantiles, the lowest first; each span is as likely as the others.
    case quantiles([Double])

    /// Quantiles of what was seen, `count` spans of them; every number as it is where all are alike.
    ///
    /// - Precondition: There is a number, and all are 0 to 1.
    public static func quantiles(of seen: [Double], count: Int) -> Self {
        let sorted = seen.sorted()
        precondition(!sorted.isEmpty && count > 0, "a distribution of something")
        return .quantiles(
            (0...count).map { index in
                let place = Double(index) / Double(count) * Double(sorted.count - 1)
                let (low, share) = (Int(place), place - place.rounded(.down))
                return sorted[low] + share * (sorted[min(low + 1, sorted.count - 1)] - sorted[low])
            }
        )
    }

    /// One of them.
    func draw(using generator: inout SeededGenerator) -> Double {
        switch self {
        case .secondLeast(let pairs): return generator.secondLeast(ofPairs: pairs)
        case .quantiles(let quantiles): return Self.between(quantiles, at: generator.uniform())
        }
    }

    private static func between(_ quantiles: [Double], at share: Double) -> Double {
        let place = share * Double(quantiles.count - 1)
        let index = Int(place)
        return quantiles[index] + (place - Double(index)) * (quantiles[index + 1] - quantiles[index])
    }

    /// The mean of what `value` makes of them, by the midpoint rule.
    public func mean(of value: (Double) -> Double) -> Double {
        switch self {
        case .secondLeast(let pairs):
            // The density of Beta(2, b) is b·(b + 1)·x·(1 − x)^(b − 1).
            let (count, b) = (400, 2 * pairs - 1)
            return (0..<count).reduce(0) { sum, index in
                let x = (Double(index) + 0.5) / Double(count)
                let density = (1..<b).reduce(Double(b * (b + 1)) * x) { product, _ in product * (1 - x) }
                return sum + value(x) * density / Double(count)
            }
        case .quantiles(let quantiles):
            let middles = zip(quantiles, quantiles.dropFirst()).map { ($0 + $1) / 2 }
            return middles.reduce(0) { $0 + value($1) } / Double(middles.count)
        }
    }

    func check(_ name: String) throws(EnvironmentError) {
        switch self {
        case .secondLeast(let pairs):
            guard (1...1000).contains(pairs) else { throw .outOfRange(name, "\(pairs) pairs", "1 to 1000 pairs") }
        case .quantiles(let quantiles):
            let isSorted = zip(quantiles, quantiles.dropFirst()).allSatisfy { $0 <= $1 }
            guard quantiles.count > 1, isSorted, quantiles.allSatisfy((0...1).contains) else {
                throw .outOfRange(name, "no distribution", "two quantiles and more from 0 to 1, the lowest first")
            }
        }
    }
}
