internal import Domain
internal import Glibc

/// Makes a rounded plan cheaper without breaking a window.
///
/// First, hours that have more than their windows need are lowered, the largest saving first. Second, where there is one
/// chain, ``BeamSearch`` plans it anew, stretch by stretch. Third, one hour is raised, a few near it are lowered as far as
/// they can be, and the trade is kept if it saves something, or costs little: threshold accepting (Dueck and Scheuer, 1990).
/// Hours are raised to points that cost little more than their quality is worth by the windows' prices: most points are far
/// from that, and in no good plan. No step makes it dearer.
struct Improvement {
    private static let triesMax = 1_000_000
    /// Hours that are planned anew together.
    private static let stretch = 240
    /// Of each pass over the hours, how much of what windows have to spare is thought lost, as a share.
    private static let wastes = [0, 0.1]
    /// The first threshold of each round, and the last of all: multiples of what an hour loses against the bound.
    ///
    /// The higher ones are for hours of few points, where each step is a large one.
    private static let (hottest, coldest) = ([3.0, 9, 27, 9], 0.1)
    /// How much a point may cost more than it is worth, in thresholds.
    private static let lossMax = 10.0
    /// Points above an hour's that it can be raised to, and hours that are lowered for it.
    private static let (stepsMax, loweredMax) = (8, 4)
    /// Of fewer hours the search is begun anew, a few times at most: where it ends is chance.
    private static let hoursMin = 700

    /// Trades tried for each hour.
    var tradesPerHour: Int
    /// Decides the order of trades.
    var seed: UInt64
    /// What no cost is below.
    var bound: Double
    /// How far above it a cost is good enough, as a share.
    var gap: Double
    /// The windows' prices, chain by chain of each.
    var prices: [Double]
    /// When to end.
    var end: ContinuousClock.Instant

    /// Improves an assignment.
    ///
    /// - Parameters:
    ///   - assignment: What is improved.
    ///   - progress: Told now and then what share of the search is done, and the least cost at hand.
    ///   - isCancelled: Asked as often.
    func improve(_ assignment: inout Assignment, progress: (Double, Double) -> Void, unless isCancelled: () -> Bool) {
        shave(&assignment)
        let hours = assignment.model.hourCount
        guard hours > 1 else { return }
        let losses = assignment.model.losses(assignment.table, prices: prices)
        // The share of the search that comes before trades.
        let begun = assignment.model.chainCount == 1 ? 0.5 : 0
        if begun > 0 {
            replan(&assignment, losses: losses) { share, cost in
                guard ContinuousClock.now < end else { return true }
                progress(begun * share, cost)
                return isCancelled()
            }
            shave(&assignment)
        }
        var generator = SeededGenerator(seed: seed)
        let rounds = min(max(1, (Self.hoursMin + hours / 2) / hours), Self.hottest.count)
        let tries = min(tradesPerHour * hours, Self.triesMax) / rounds
        for round in 0..<rounds where assignment.cost > goal && !isCancelled() && ContinuousClock.now < end {
            var traded = assignment
            let loss = (assignment.cost - bound) / Double(hours)
            let hottest = loss * Self.hottest[round]
            let search = Search(tries: tries, losses: losses, loss: loss, hottest: hottest)
            trade(&traded, search, using: &generator) { done, cost in
                let share = (Double(round) + done) / Double(rounds)
                progress(begun + (1 - begun) * share, min(assignment.cost, cost))
                return isCancelled()
            }
            shave(&traded)
            if traded.cost < assignment.cost { assignment = traded }
        }
    }

    /// Plans stretch by stretch anew, each together with half of the one before; `isOver` is told the share that is done and
    /// the cost.
    private func replan(_ assignment: inout Assignment, losses: [Double], unless isOver: (Double, Double) -> Bool) {
        let hours = assignment.model.hourCount
        for (pass, waste) in Self.wastes.enumerated() {
            let search = BeamSearch(losses: losses, prices: prices, waste: waste)
            var first = 0
            while first < hours {
                // What would be left is planned along, if it is little.
                let end = first + Self.stretch * 5 / 4 < hours ? first + Self.stretch : hours
                let done = (Double(pass) + Double(first) / Double(hours)) / Double(Self.wastes.count)
                guard assignment.cost > goal, !isOver(done, assignment.cost) else { return }
                let cost = assignment.cost
                search.improve(&assignment, first..<end) { isOver(done, cost) }
                first = end < hours ? first + Self.stretch / 2 : hours
            }
        }
    }

    /// A cost that is good enough.
    private var goal: Double { bound * (1 + gap) }

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
        let (table, point) = (assignment.table, assignment.points[hour])
        guard point > 0 else { return (0, 0) }
        let quality = table[hour, point].quality
        let tolerance = assignment.tolerance + 1e-9 * quality
        // The next point is what an hour gives at least.
        let step = quality - table[hour, point - 1].quality - tolerance
        let removable = assignment.removable(hour: hour, atLeast: step)
        var lower = table.point(hour, below: point, reaching: quality - removable - tolerance)
        while lower < point, !assignment.canLower(hour, to: lower) { lower += 1 }
        return (lower, -assignment.change(hour, to: lower))
    }

    /// One round of trades.
    private struct Search {
        let tries: Int
        /// Of each point, in the table's order.
        let losses: [Double]
        /// What an hour loses against the bound.
        let loss: Double
        /// The threshold at first.
        let hottest: Double
    }

    /// Trades; `isOver` is told the share that is done and the cost, now and then.
    private func trade(
        _ assignment: inout Assignment,
        _ search: Search,
        using generator: inout SeededGenerator,
        unless isOver: (Double, Double) -> Bool
    ) {
        let (model, table, losses) = (assignment.model, assignment.table, search.losses)
        let reach = model.windows.map(\.count).max() ?? 1
        var threshold = 0.0
        var trail = Assignment.Trail()
        var count = 0
        // Hours that can't be raised cost next to nothing to look at.
        for look in 0..<8 * search.tries where count < search.tries {
            if look.isMultiple(of: 256) {
                let done = Double(count) / Double(search.tries)
                if isOver(done, assignment.cost) || ContinuousClock.now > end || assignment.cost <= goal { return }
                threshold = search.hottest * pow(Self.coldest * search.loss / search.hottest, done)
            }
            let before = assignment.cost
            let raised = Int.random(in: 0..<model.hourCount, using: &generator)
            let point = assignment.points[raised]
            let room = min(table.count(raised) - 1 - point, Self.stepsMax)
            guard room > 0 else { continue }
            // The better of two: points that are worth their cost come up more often.
            let (one, other) = (
                point + Int.random(in: 1...room, using: &generator), point + Int.random(in: 1...room, using: &generator)
            )
            let first = table.first[raised]
            let next = losses[first + one] < losses[first + other] ? one : other
            guard losses[first + next] < Self.lossMax * max(threshold, search.loss) else { continue }
            count += 1
            trail.clear()
            assignment.move(raised, to: next, noting: &trail)
            for _ in 0..<Self.loweredMax where assignment.cost >= before {
                let near = max(0, raised - reach + 1)...min(model.hourCount - 1, raised + reach - 1)
                let lowered = Int.random(in: near, using: &generator)
                guard lowered != raised else { continue }
                let (lower, cost) = saving(assignment, lowered)
                guard cost > 0 else { continue }
                assignment.move(lowered, to: lower, noting: &trail)
            }
            guard assignment.cost >= before + threshold else { continue }
            assignment.retrace(trail)
        }
    }
}
