/// Which candidate a strategy prefers.
struct Preference {
    let index: Int
    let candidateCount: Int
    /// Of all votes, those for it; 1 where none is taken.
    let votesShare: Double
}

/// Which candidate was taken, and how likely that was.
struct Pick {
    let index: Int
    let propensity: Double
}

extension Router {
    /// Scores what was not rejected; `nil` if everything was.
    ///
    ///     score = cost · (1 − c/c_max) + latency · (1 − l/l_max) + quality · q/q_max + headroom · h
    ///           + carbon · (1 − g/g_max) + turn · t
    ///
    /// c is dollars per success, l the latency under load, q quality times success rate, h the free share of slots, g the
    /// emissions and t whether it is the candidate's turn. One part alone is a pure strategy; each ranks as its own unscaled figure.
    ///
    /// Where a mixture's gate has a say and the strategy weighs several aims, that sum is an expert's merit, and the score
    /// is the gate's share times the merit, over all candidates' sum of these.
    ///
    /// Under every strategy, what budgets run short of costs extra: see ``Terms/surcharge(_:largest:weight:)``.
    func score(_ candidates: inout [Candidate], for request: RoutingRequest, turn: UInt64) -> Preference? {
        let (strategy, prices) = (request.strategy, request.purse?.prices ?? .usual)
        var count = 0
        var largest = Terms.zero
        for index in candidates.indices where candidates[index].isOpen {
            count += 1
            largest = largest.ceiling(candidates[index].terms)
        }
        guard count > 0 else { return nil }
        if strategy == .ensemble { return vote(&candidates, count: count, largest: largest, prices: prices) }

        if strategy == .utility {
            scoreUtility(&candidates, worth: request.worth ?? settings.worth, largest: largest, prices: prices)
            return preference(in: candidates, count: count)
        }
        let weights = settings.weights(for: strategy)
        let turnPlace = Int(turn % UInt64(count))
        var place = 0
        for index in candidates.indices where candidates[index].isOpen {
            let terms = candidates[index].terms
            let base = weights.score(terms, largest: largest) + (place == turnPlace ? weights.turn : 0)
            candidates[index].score =
                base - terms.surcharge(prices, largest: largest, weight: settings.pacingWeight)
            place += 1
        }
        if let gates = request.gates, strategy.weighsAims {
            adjust(gates, for: &candidates) { weights.score($0, largest: largest) }
        }
        return preference(in: candidates, count: count)
    }

    /// Puts a mixture's gate, adjusted by merits, in place of these: the share of each open candidate, less what budgets run
    /// short of.
    private func adjust(_ gates: [Double], for candidates: inout [Candidate], merit: (Terms) -> Double) {
        let open = candidates.indices.filter { candidates[$0].isOpen }
        let merits = open.map { max(merit(candidates[$0].terms), 0) }
        var gate = MixtureGate(shares: open.map { max(gates[candidates[$0].index], 0) })
        gate.adjust(by: merits)
        for (place, index) in open.enumerated() {
            let surcharge = merit(candidates[index].terms) - (candidates[index].score ?? 0)
            candidates[index].score = gate.shares[place] - surcharge
        }
    }

    private func preference(in candidates: [Candidate], count: Int) -> Preference? {
        bestIndex(in: candidates) { candidates[$0].score ?? 0 }
            .map { Preference(index: $0, candidateCount: count, votesShare: 1) }
    }

    /// Three pure strategies vote for their favourites; a vote weighs its setting times the voter's confidence.
    private func vote(
        _ candidates: inout [Candidate],
        count: Int,
        largest: Terms,
        prices: Purse.Prices
    ) -> Preference? {
        for index in candidates.indices where candidates[index].isOpen { candidates[index].score = 0 }
        var total = 0.0
        let voters: [(Strategy, Double)] = [
            (.costOptimized, settings.ensemble.cost),
            (.latencyOptimized, settings.ensemble.latency),
            (.qualityOptimized, settings.ensemble.quality),
        ]
        for (voter, weight) in voters {
            let weights = settings.weights(for: voter)
            let favourite = bestIndex(in: candidates) { index in
                let terms = candidates[index].terms
                return weights.score(terms, largest: largest)
                    - terms.surcharge(prices, largest: largest, weight: settings.pacingWeight)
            }
            guard let favourite else { return nil }
            let vote = weight * voter.confidence(candidateCount: count)
            candidates[favourite].score = (candidates[favourite].score ?? 0) + vote
            total += vote
        }
        return bestIndex(in: candidates) { candidates[$0].score ?? 0 }
            .map { index in
                let votes = candidates[index].score ?? 0
                return Preference(index: index, candidateCount: count, votesShare: total > 0 ? votes / total : 1)
            }
    }

    /// The first of the candidates with the largest value.
    private func bestIndex(in candidates: [Candidate], by value: (Int) -> Double) -> Int? {
        var best: (index: Int, value: Double)?
        for index in candidates.indices where candidates[index].isOpen {
            let value = value(index)
            if let found = best, found.value >= value { continue }
            best = (index, value)
        }
        return best?.index
    }

    /// The preferred candidate or, with the probability that the settings give to exploration, a drawn one.
    ///
    /// A model's weight in the draw is 1 / (1 + samples), so the least known is the likeliest; under ``Strategy/random``
    /// all weigh the same, as they do for a router that chooses by itself and explores. A mixture rather than an upper confidence bound or Thompson sampling, because then the
    /// propensity is exact and the price is known: `exploration` of the requests, and no more.
    func explore(
        from preferred: Preference,
        among candidates: [Candidate],
        for request: RoutingRequest,
        in fleet: FleetSnapshot,
        draw: Double
    ) -> Pick {
        let own = request.preferences?.exploration
        let share = own.map { min(max($0, 0), 1) } ?? settings.exploration(of: request.strategy)
        let isEven = own != nil || request.strategy == .random
        guard share > 0, preferred.candidateCount > 1 else { return Pick(index: preferred.index, propensity: 1) }
        func weight(_ index: Int) -> Double { isEven ? 1 : 1 / Double(1 + fleet.models[index].samples) }

        var total = 0.0
        for index in candidates.indices where candidates[index].isOpen { total += weight(index) }
        var drawn = preferred.index
        if draw < share {
            var rest = draw / share * total
            for index in candidates.indices where candidates[index].isOpen {
                drawn = index
                rest -= weight(index)
                if rest < 0 { break }
            }
        }
        let certain = drawn == preferred.index ? 1 - share : 0
        return Pick(index: drawn, propensity: certain + share * weight(drawn) / total)
    }

    /// The models to try after `choice`: by quality times success rate, those with a free slot first.
    ///
    /// A full model may have a slot again by the time that the choice has failed, so it is kept, but last.
    func fallbacks(after choice: Int, among candidates: [Candidate], countMax: Int) -> [Int] {
        var chosen: [Int] = []
        guard countMax > 0 else { return chosen }
        chosen.reserveCapacity(min(countMax, candidates.count))
        while chosen.count < countMax {
            var best: (index: Int, rank: Double)?
            for index in candidates.indices where index != choice && !chosen.contains(index) {
                guard let rank = candidates[index].fallbackRank else { continue }
                if let found = best, found.rank >= rank { continue }
                best = (index, rank)
            }
            guard let best else { break }
            chosen.append(best.index)
        }
        return chosen
    }
}

extension Candidate {
    /// The higher, the earlier it is tried after a failure; `nil` if never.
    fileprivate var fallbackRank: Double? {
        switch rejection {
        case nil: terms.quality
        // Quality lies between 0 and 1, so these come after all the others.
        case .atCapacity: terms.quality - 2
        // A strategy's or a plan's wish does not stand in the way of an answer.
        case .tooLarge, .tooManyBits, .outsideQuota: terms.quality - 4
        default: nil
        }
    }
}

extension Terms {
    /// What shadow prices above 1 take off a score: each counts `weight` for every time that it is above its usual worth.
    ///
    ///     Σ (price − 1) · weight · x/x_max     over dollars, carbon and time
    func surcharge(_ prices: Purse.Prices, largest: Terms, weight: Double) -> Double {
        guard prices != .usual else { return 0 }
        func share(_ value: Double, of largest: Double) -> Double { largest > 0 ? value / largest : 0 }
        let dear =
            (prices.cost - 1) * share(cost, of: largest.cost) + (prices.carbon - 1) * share(carbon, of: largest.carbon)
            + (prices.latency - 1) * share(latency, of: largest.latency)
        return weight * dear
    }
}

extension ScoreWeights {
    /// The weighted sum for one candidate, without its turn.
    @inline(__always)
    func score(_ terms: Terms, largest: Terms) -> Double {
        cost * (1 - ratio(terms.cost, largest.cost)) + latency * (1 - ratio(terms.latency, largest.latency))
            + quality * ratio(terms.quality, largest.quality) + headroom * terms.headroom
            + carbon * (1 - ratio(terms.carbon, largest.carbon))
    }

    @inline(__always)
    private func ratio(_ value: Double, _ largest: Double) -> Double { largest > 0 ? value / largest : 0 }
}
