/// How much of the strong model's lead a router recovers, for each share of prompts that it sends there.
///
/// Prompts go to the strong model in the order of the router's score, the highest first. The performance gap recovered at
/// a share is (quality − weak) / (strong − weak); random choice recovers as much as its share. Ong et al., "RouteLLM:
/// Learning to Route LLMs with Preference Data", 2024: <https://arxiv.org/abs/2406.18665>, section 3.
public struct PairCurve: Hashable, Sendable {
    /// The gap recovered with 0, 1, … of the prompts sent to the strong model.
    public let recovered: [Double]

    /// The curve of a router; `nil` if there is no prompt, or if neither model is better than the other.
    ///
    /// Prompts with the same score share their gains evenly, as if they were drawn at random.
    ///
    /// - Parameters:
    ///   - weak: The weak model's score for each prompt.
    ///   - strong: The strong model's.
    ///   - order: The router's score: the higher, the sooner a prompt goes to the strong model.
    /// - Precondition: The three are equally long.
    public init?(weak: [Double], strong: [Double], order: [Double]) {
        precondition(weak.count == strong.count && weak.count == order.count, "a score of each kind for each prompt")
        let gains = zip(strong, weak).map { $0 - $1 }
        let lead = gains.reduce(0, +)
        guard !gains.isEmpty, lead != 0 else { return nil }

        let places = gains.indices.sorted { (order[$0], $1) > (order[$1], $0) }
        var recovered = [0.0]
        recovered.reserveCapacity(places.count + 1)
        var first = 0
        while first < places.count {
            var end = first
            var sum = 0.0
            while end < places.count, order[places[end]] == order[places[first]] {
                sum += gains[places[end]]
                end += 1
            }
            let start = recovered[first]
            for place in first..<end {
                recovered.append(start + sum / lead * Double(place + 1 - first) / Double(end - first))
            }
            first = end
        }
        self.recovered = recovered
    }

    /// The curve at a hundred and one shares of calls, for a drawing.
    public var points: [(x: Double, y: Double)] {
        (0...100).map { step in
            let place = Double(step) / 100 * Double(recovered.count - 1)
            return (Double(step) / 100, recovered[Int(place.rounded())])
        }
    }

    /// The area under the curve, by trapezoids: 0.5 for random choice.
    public var area: Double {
        zip(recovered, recovered.dropFirst()).reduce(0) { $0 + ($1.0 + $1.1) / 2 } / Double(recovered.count - 1)
    }

    /// The least share of prompts, 0 to 1, with which `share` of the gap is recovered: CPT(share); 1 if none does.
    public func callShare(recovering share: Double) -> Double {
        // A little below, as sums of gains are not exact.
        let place = recovered.firstIndex { $0 >= share - 1e-12 } ?? recovered.count - 1
        return Double(place) / Double(recovered.count - 1)
    }
}
