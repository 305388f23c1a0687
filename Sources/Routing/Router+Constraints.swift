internal import Accounting
internal import Domain

extension Router {
    /// Rejects the candidates that miss constraints, or refuses or relaxes where that leaves none.
    ///
    /// - Returns: The constraints that were loosened, in the order in which that happened.
    func applyConstraints(
        of request: RoutingRequest,
        to candidates: inout [Candidate]
    ) throws(Refusal) -> [Constraint] {
        let places = candidates.indices
        guard places.contains(where: { candidates[$0].isOpen }) else { throw absence(candidates) }
        if places.contains(where: { candidates[$0].isOpen && candidates[$0].misses.isEmpty }) {
            rejectMissing(&candidates)
            return []
        }
        switch request.relax {
        case .relax: return relax(&candidates)
        case .refuse: throw refusal(&candidates, request.constraints)
        }
    }

    private func rejectMissing(_ candidates: inout [Candidate]) {
        for index in candidates.indices where candidates[index].isOpen {
            guard let missed = candidates[index].misses.first else { continue }
            candidates[index].rejection = .constraintMissed(missed)
        }
    }

    /// Keeps what meets each constraint or, if nothing does, what comes nearest, from the most important one down.
    private func relax(_ candidates: inout [Candidate]) -> [Constraint] {
        var relaxed: [Constraint] = []
        for constraint in Constraint.allCases {
            let bit = ConstraintSet(constraint)
            let isMet = candidates.contains { $0.isOpen && !$0.misses.contains(bit) }
            let nearest = isMet ? nil : nearestIndex(to: constraint, in: candidates)
            for index in candidates.indices where candidates[index].isOpen {
                let isKept =
                    if let nearest {
                        candidates[index].badness(for: constraint) == candidates[nearest].badness(for: constraint)
                    } else {
                        !candidates[index].misses.contains(bit)
                    }
                if !isKept { candidates[index].rejection = .constraintMissed(constraint) }
            }
            if nearest != nil { relaxed.insert(constraint, at: 0) }
        }
        return relaxed
    }

    /// The refusal of a request that some models suit but for its constraints.
    private func refusal(_ candidates: inout [Candidate], _ constraints: Constraints) -> Refusal {
        // A model that is away and would do makes this a matter of time, not of constraints.
        let isMatterOfTime = candidates.contains { $0.isAway && $0.misses.isEmpty }
        let bindings = isMatterOfTime ? [] : bindings(candidates, constraints)
        let absence = absence(candidates)
        let overBudget = candidates.lazy.filter(\.misses.isEmpty).compactMap(\.overBudget).first
        rejectMissing(&candidates)
        if isMatterOfTime { return absence }
        return overBudget.map { .overBudget($0) } ?? .constrained(bindings)
    }

    private func bindings(_ candidates: [Candidate], _ constraints: Constraints) -> [BindingConstraint] {
        Constraint.allCases.compactMap { constraint in
            let bit = ConstraintSet(constraint)
            let suitable = candidates.filter(\.isOpen)
            let meeting = suitable.filter { !$0.misses.contains(bit) }
            guard meeting.count < suitable.count, let limit = constraints.limit(of: constraint),
                let nearest = nearestIndex(to: constraint, in: candidates)
            else { return nil }
            return BindingConstraint(
                constraint: constraint,
                limit: limit,
                nearest: candidates[nearest].value(for: constraint),
                nearestIndex: nearest,
                meetingCount: meeting.count,
                suitableCount: suitable.count
            )
        }
    }

    /// The refusal of a request that no available model suits.
    private func absence(_ candidates: [Candidate]) -> Refusal {
        let returns = candidates.compactMap { candidate -> UInt64? in
            guard case .coolingDown(let until) = candidate.rejection else { return nil }
            return until
        }
        if let first = returns.min() { return .unavailable(until: first) }
        if let measure = candidates.lazy.compactMap(\.overBudget).first { return .overBudget(measure) }
        return candidates.contains(where: \.isAway) ? .unavailable(until: nil) : .unserved
    }

    private func nearestIndex(to constraint: Constraint, in candidates: [Candidate]) -> Int? {
        var nearest: Int?
        for index in candidates.indices where candidates[index].isOpen {
            guard let best = nearest else { nearest = index; continue }
            if candidates[index].badness(for: constraint) < candidates[best].badness(for: constraint) {
                nearest = index
            }
        }
        return nearest
    }
}

extension Candidate {
    /// Whether only its availability speaks against it.
    fileprivate var isAway: Bool {
        switch rejection {
        case .switchedOff, .coolingDown: true
        default: false
        }
    }

    /// The measure of the budget that it does not fit into, if that speaks against it.
    fileprivate var overBudget: Budget.Measure? {
        guard case .overBudget(let measure) = rejection else { return nil }
        return measure
    }

    /// What the constraint limits, in the unit of its name.
    fileprivate func value(for constraint: Constraint) -> Double {
        switch constraint {
        case .cost: expectedCost.dollars
        case .quality: quality
        case .carbon: carbon.central.grams
        case .latency: Double(latencyNanoseconds) / 1e6
        }
    }

    /// The same, with less being better.
    fileprivate func badness(for constraint: Constraint) -> Double {
        constraint == .quality ? -value(for: constraint) : value(for: constraint)
    }
}

extension Constraints {
    /// The limit in the unit of the constraint's name.
    fileprivate func limit(of constraint: Constraint) -> Double? {
        switch constraint {
        case .cost: maxCost?.dollars
        case .quality: requiredQuality
        case .carbon: maxCarbonGrams
        case .latency: maxLatency.map { Double($0.nanoseconds) / 1e6 }
        }
    }
}
