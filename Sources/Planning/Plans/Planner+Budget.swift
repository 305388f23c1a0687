extension Planner {
    /// Targets that are looked at after that of 0.
    private static let targetsMax = 12

    /// A planner for one of several targets: what it tells is a part of the whole search, which may end before the last.
    private func telling(part: Int, of count: Int) -> Planner {
        Planner(options) { [onProgress] progress in
            let share = (Double(part) + progress.share) / Double(count)
            onProgress(PlanProgress(share: share, cost: progress.cost, bound: progress.bound))
        } unless: { [isCancelled] in
            isCancelled()
        }
    }

    /// The best quality of responses that a budget can pay.
    ///
    /// What a target costs at least is a convex function of it, and the prices of one target are its slope there: a line
    /// that is nowhere above it. So the target at which that line meets the budget is one that no plan beats, and a better
    /// one to look at next: Newton's method, which comes from above and is never past the mark. Whole machines cost more
    /// than the function says: the last steps go between a target that the budget pays and one that it doesn't.
    func spend(_ budget: Double, on parts: ScenarioParts, for goal: PlanGoal) throws(PlanningError) -> Plan {
        var (effort, triedCount) = ((pivots: 0, seconds: 0.0), 0)
        func solved(_ target: Double) throws(PlanningError) -> SolvedParts {
            let solved = try telling(part: triedCount, of: 1 + Self.targetsMax).solve(parts, target: target)
            triedCount += 1
            for part in solved.parts { effort = (effort.pivots + part.pivotCount, effort.seconds + part.seconds) }
            return solved
        }
        let least = try solved(0)
        guard least.cost <= budget else {
            let cost = least.cost
            throw .scenario(.budgetOutOfReach(budget: budget, least: cost, goal.metric))
        }
        var (best, tooDear, bound) = (least, nil as SolvedParts?, 1.0)
        var next = 1.0
        for _ in 0..<Self.targetsMax {
            let tried = try solved(next)
            let slope = try tried.slope(parts)
            if slope > 0 { bound = min(bound, tried.target + (budget - tried.bound) / slope) }
            if tried.cost <= budget { best = tried } else { tooDear = tried }
            guard let dear = tooDear, bound - best.target > 1e-4 else { break }
            let share = (budget - best.cost) / max(dear.cost - best.cost, 1e-300)
            let between = best.target + (dear.target - best.target) * min(max(share, 0.05), 0.95)
            // From above while the bound says that the last target was too much, then between the two.
            next = tried.bound > budget && bound < dear.target ? bound : between
            guard abs(dear.target - best.target) > 1e-5 else { break }
        }
        // All that was tried took its time, whichever was best.
        for part in best.parts.indices { (best.parts[part].pivotCount, best.parts[part].seconds) = (0, 0) }
        (best.parts[0].pivotCount, best.parts[0].seconds) = effort
        return best.plan(parts, for: goal, bound: max(bound, best.target))
    }
}

extension PackedScenario {
    /// How fast the bound of a solved target rises with the target: what its prices say of all that windows need more.
    func slope(_ solved: SolvedTarget) throws(PlanningError) -> Double {
        // Small: what the past has spoiled, and what may not come, bend the line.
        let step = solved.target > 0.5 ? -0.001 : 0.001
        let moved = try model(target: solved.target + step)
        return (moved.bound(prices: solved.prices) - solved.bound) / step
    }
}
