public import Domain

/// A judged answer to a request that a bandit has seen: what it learns from, and what it is measured by.
public struct BanditLesson: Hashable, Sendable {
    /// The request; a later lesson on it takes the place of this one.
    public var id: RequestID
    /// The key that says so; `nil` where requests have none.
    public var key: KeyID?
    /// What was known of the prompt.
    public var context: [Double]
    /// The model that answered.
    public var model: ModelID
    /// What the answer was worth.
    public var reward: Double
    /// The model that was chosen; another than ``model`` where that one has stood in.
    public var chosen: ModelID
    /// The probability with which it was chosen, above 0 to 1.
    public var propensity: Double
    /// What the strategy would have chosen.
    public var strategyChoice: ModelID
    /// What the bandit would have chosen, as it was then: before it knew of this reward.
    public var routerChoice: ModelID
    /// Whether the bandit was in force.
    public var wasInForce: Bool

    /// A lesson with all its parts.
    public init(
        id: RequestID,
        key: KeyID?,
        context: [Double],
        model: ModelID,
        reward: Double,
        chosen: ModelID,
        propensity: Double,
        strategyChoice: ModelID,
        routerChoice: ModelID,
        wasInForce: Bool
    ) {
        (self.id, self.key, self.context, self.model) = (id, key, context, model)
        (self.reward, self.chosen, self.propensity) = (reward, chosen, propensity)
        (self.strategyChoice, self.routerChoice, self.wasInForce) = (strategyChoice, routerChoice, wasInForce)
    }
}

extension [BanditLesson] {
    /// Lessons of which no key has more than its share: of one that says more, the latest.
    ///
    /// No key makes up more than `share` of what is kept, or an even part if that is more; but `floor` lessons it may always
    /// have: a few others do not silence whoever asks nearly everything. A key that is alone has nobody to drown out.
    ///
    /// - Parameters:
    ///   - share: 0 to 1; 1 keeps all.
    ///   - floor: 0 and up.
    /// - Returns: In the same order.
    func capped(toShare share: Double, floor: Int) -> Self {
        var counts: [KeyID?: Int] = [:]
        for lesson in self { counts[lesson.key, default: 0] += 1 }
        let share = Swift.max(share, 1 / Double(Swift.max(counts.count, 1)))
        guard share < 1 else { return self }
        // The largest c for which c is at most its share of Σ min(n, c): it only ever sinks.
        var most = Double(counts.values.max() ?? 0)
        for _ in 0..<1000 {
            let next = share * counts.values.reduce(0) { $0 + Swift.min(Double($1), most) }
            if next >= most - 1e-9 { break }
            most = next
        }
        let limit = Swift.max(Int(most), floor)
        var left = counts.mapValues { Swift.max(0, $0 - limit) }
        return filter { lesson in
            guard let surplus = left[lesson.key], surplus > 0 else { return true }
            left[lesson.key] = surplus - 1
            return false
        }
    }
}
