/// What a router that chooses models by itself makes of them for one request.
public struct Preferences: Hashable, Sendable {
    /// Its worth of each model in the catalogue's order, higher is better; `nil` for a model that it knows nothing of.
    public var values: [Double?]
    /// Whether it chooses; else the strategy does, and what it would have chosen is noted beside.
    public var isInForce: Bool
    /// The share of choices left to chance, each candidate alike, 0 to 1; `nil` for the settings' own share and weights.
    public var exploration: Double?

    /// Preferences with all their parts.
    public init(values: [Double?], isInForce: Bool, exploration: Double?) {
        (self.values, self.isInForce, self.exploration) = (values, isInForce, exploration)
    }
}

/// What each of two that may choose would have chosen: what one is compared with the other by.
public struct Rivals: Hashable, Sendable {
    /// The strategy's choice, by its place in the catalogue.
    public let strategy: Int
    /// The choice of the router that chooses by itself.
    public let router: Int
    /// Whether that one was in force.
    public let isRouterInForce: Bool
}

extension Router {
    /// The candidate that `preferences` put first; `nil` where they know none that is up for choice.
    func preferred(by preferences: Preferences, among candidates: [Candidate]) -> Int? {
        var best: (index: Int, value: Double)?
        for index in candidates.indices where candidates[index].isOpen {
            guard let value = preferences.values[index], value.isFinite else { continue }
            if let found = best, found.value >= value { continue }
            best = (index, value)
        }
        return best?.index
    }

    /// Puts preferences in the place of scores; models that they say nothing of come behind all others.
    func score(_ candidates: inout [Candidate], by preferences: Preferences) {
        let known = candidates.indices.compactMap { candidates[$0].isOpen ? preferences.values[$0] : nil }
        let least = known.filter(\.isFinite).min() ?? 0
        for index in candidates.indices where candidates[index].isOpen {
            let value = preferences.values[index]
            candidates[index].score = value.flatMap { $0.isFinite ? $0 : nil } ?? least - 1
        }
    }
}
