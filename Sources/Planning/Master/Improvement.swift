internal import Domain

/// Makes a rounded plan cheaper without breaking a window.
///
/// First, hours that have more than their windows need are lowered, the largest saving first. Then one hour is raised, a
/// few near it are lowered as far as they can be, and the trade is kept if it saves something, or, at first, costs little:
/// threshold accepting (Dueck and Scheuer, 1990), whose threshold falls to 0. The result is never dearer than what the first
/// step gave.
struct Improvement {
    private static let triesMax = 3_500_000

    /// Trades tried for each hour.
    var tradesPerHour: Int
    /// Decides the order of trades.
    var seed: UInt64
    /// A cost that is good enough.
    var goal: Double
    /// When to end.
    var end: ContinuousClock.Instant

    func improve(_ assignment: inout Assignment, unless isCancelled: () -> Bool) {
        shave(&assignment)
        guard assignment.model.hourCount > 1, assignment.cost > goal else { return }
        let shaved = assignment
        trade(&assignment, unless: isCancelled)
        shave(&assignment)
        if shaved.cost < assignment.cost { assignment = shaved }
    }

    /// Lowers hours while one can be lowered, the largest saving first.
    func shave(_ assignment: inout Assignment) {
        var queue = (0..<assignment.model.hourCount).map { (hour: $0, saving: saving(assignment, $0).cost) }
        queue.sort { $0.saving > $1.saving }
        for (hour, _) in queue {
            let (point, cost) = saving(assignment, hour)
            if cost > 0 { assignment.move(hour, to: point) }
        }
    }

    /// The least point that an hour can be lowered to, and what that saves.
    private func saving(_ assignment: Assignment, _ hour: Int) -> (point: Int, cost: Double) {
        let (curve, point) = (assignment.model.curves[hour], assignment.points[hour])
        let least = curve.qualities[point] - assignment.removable(hour: hour) - assignment.tolerance
        var lower = min(curve.point(reaching: least), point)
        while lower < point, !assignment.canLower(hour, to: lower) { lower += 1 }
        return (lower, curve.costs[point] - curve.costs[lower])
    }

    private func trade(_ assignment: inout Assignment, unless isCancelled: () -> Bool) {
        var generator = SeededGenerator(seed: seed)
        let model = assignment.model
        // Of long horizons each hour gets fewer, so that a year takes seconds.
        let tries = min(tradesPerHour * model.hourCount, Self.triesMax)
        // About what one of the hours loses against the bound: trades that cost a part of that lead out of dead ends.
        let first = 0.5 * (assignment.cost - goal) / Double(model.hourCount).squareRoot()
        let reach = model.windows.map(\.count).max() ?? 1
        for count in 0..<tries {
            if count.isMultiple(of: 1024), isCancelled() || ContinuousClock.now > end || assignment.cost <= goal {
                return
            }
            let left = 1 - Double(count) / Double(tries)
            let threshold = first * left * left
            let before = assignment.cost
            let raised = Int.random(in: 0..<model.hourCount, using: &generator)
            let point = assignment.points[raised]
            let room = model.curves[raised].qualities.count - 1 - point
            guard room > 0 else { continue }
            var undo = [(hour: raised, point: point, shares: assignment.shares(raised))]
            assignment.move(raised, to: point + Int.random(in: 1...min(room, 6), using: &generator))
            for _ in 0..<3 where assignment.cost >= before {
                let near = max(0, raised - reach + 1)...min(model.hourCount - 1, raised + reach - 1)
                let lowered = Int.random(in: near, using: &generator)
                guard lowered != raised else { continue }
                let (lower, cost) = saving(assignment, lowered)
                guard cost > 0 else { continue }
                undo.append((lowered, assignment.points[lowered], assignment.shares(lowered)))
                assignment.move(lowered, to: lower)
            }
            guard assignment.cost >= before + threshold else { continue }
            for step in undo.reversed() { assignment.restore(step.hour, to: step.point, shares: step.shares) }
        }
    }
}
