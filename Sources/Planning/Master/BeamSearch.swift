/// Plans a stretch of hours anew, one after the other, and keeps the few hundred beginnings at hand that lose least: a beam
/// search (Lowerre, 1976).
///
/// What a plan costs above the bound is what its points cost more than their quality is worth, and what its windows have to
/// spare, at their prices. So what a beginning has lost is known, whatever comes after it.
///
/// For problems of one chain.
struct BeamSearch {
    /// What each point costs more than its quality is worth, in the table's order.
    var losses: [Double]
    /// The windows' prices.
    var prices: [Double]
    /// How much of what open windows have to spare counts as lost, as a share, where beginnings are compared.
    ///
    /// None of it need be, but where hours have few points it often is.
    var waste = 0.0
    /// Beginnings that are kept, where no more windows are open at once than of a day; of more windows fewer, for the time
    /// that each takes.
    var widthMax = 400

    private static let (openMax, widthMin) = (24, 128)
    /// The most points of an hour that are tried.
    private static let pointsMax = 12

    /// Gives the hours other points if that is cheaper; what lies outside of them stays as it is.
    ///
    /// `isOver` is asked hour by hour; once it says so everything stays.
    func improve(_ assignment: inout Assignment, _ hours: Range<Int>, unless isOver: () -> Bool) {
        guard let points = points(assignment, hours, unless: isOver) else { return }
        var improved = assignment
        for (hour, point) in zip(hours, points) { improved.move(hour, to: point) }
        if improved.cost < assignment.cost { assignment = improved }
    }

    /// The points for some hours that lose least, with those of all others as they are.
    ///
    /// - Returns: `nil` if none lose less than those that the hours have, or once `isOver` says so.
    func points(_ assignment: Assignment, _ hours: Range<Int>, unless isOver: () -> Bool) -> [Int]? {
        let model = assignment.model
        let windows =
            assignment.containing[hours.lowerBound].lowerBound..<assignment.containing[hours.upperBound - 1].upperBound
        let limit = lost(assignment, hours, windows)
        let choices = hours.map { self.choices(assignment, $0, within: limit) }
        let spares = spares(assignment, zip(hours, choices).map { ($0, $1.best) }, windows)
        let openCount = hours.reduce(1) { max($0, assignment.containing[$1].count) }
        let width = min(widthMax, max(Self.widthMin, widthMax * Self.openMax / openCount))
        var beam = Beam(
            openMax: openCount,
            width: width,
            limit: limit,
            waste: waste,
            tolerance: assignment.tolerance,
            tellsPoints: model.starts != nil
        )
        var trail: [[Beam.Step]] = []
        var opened = windows.lowerBound
        var closed = windows.lowerBound
        for (hour, choices) in zip(hours, choices) {
            guard !isOver() else { return nil }
            while opened < assignment.containing[hour].upperBound {
                beam.open(opened, spare: spares[opened - windows.lowerBound], price: prices[opened])
                opened += 1
            }
            let isLast = hour == hours.upperBound - 1
            let first = closed
            while closed < opened, isLast || model.windows[closed].upperBound == hour + 1 { closed += 1 }
            beam.advance(choices.all, closing: first..<closed) { point, before in
                started(assignment, hour, point, after: before, isLast: isLast)
            }
            guard !beam.steps.isEmpty else { return nil }
            trail.append(beam.steps)
        }
        var points: [Int] = []
        var place = beam.leastLost
        for steps in trail.reversed() {
            points.append(steps[place].point)
            place = steps[place].parent
        }
        return points.reversed()
    }

    /// What windows would have to spare if hours had the best qualities that are tried.
    private func spares(
        _ assignment: Assignment,
        _ best: [(hour: Int, quality: Double)],
        _ windows: Range<Int>
    ) -> [Double] {
        var spares = windows.map(assignment.spare)
        for (hour, quality) in best {
            let more = quality - assignment.table[hour, assignment.points[hour]].quality
            for window in assignment.containing[hour] { spares[window - windows.lowerBound] += more }
        }
        return spares
    }

    /// What starting the machines of a point costs after those of the point before, and of the last also what the hour
    /// behind it starts.
    private func started(
        _ assignment: Assignment,
        _ hour: Int,
        _ point: Int,
        after before: Int?,
        isLast: Bool
    ) -> Double {
        guard let starts = assignment.model.starts else { return 0 }
        let own = hour > 0 ? starts.cost(hour, point, after: before ?? assignment.points[hour - 1]) : 0
        guard isLast, hour + 1 < assignment.model.hourCount else { return own }
        return own + starts.cost(hour + 1, assignment.points[hour + 1], after: point)
    }

    /// What the hours have lost as they are: beginnings that lose more are of no use.
    private func lost(_ assignment: Assignment, _ hours: Range<Int>, _ windows: Range<Int>) -> Double {
        let (table, points) = (assignment.table, assignment.points)
        var lost = hours.reduce(0) { $0 + losses[table.first[$1] + points[$1]] }
        for window in windows { lost += prices[window] * max(0, assignment.spare(window)) }
        guard let starts = assignment.model.starts else { return lost }
        for hour in max(hours.lowerBound, 1)...min(hours.upperBound, points.count - 1) {
            lost += starts.cost(hour, points[hour], after: points[hour - 1])
        }
        return lost
    }

    /// The points that an hour may have, its own among them, and the best of their qualities.
    private func choices(
        _ assignment: Assignment,
        _ hour: Int,
        within limit: Double
    ) -> (all: [Beam.Choice], best: Double) {
        let (table, own) = (assignment.table, assignment.points[hour])
        // Where any quality can be had there is nothing to choose: the program has.
        let isFixed = assignment.model.curves[hour].isDivisible
        let given = table[hour, own].quality - assignment.qualities[hour]
        let least = assignment.model.low[hour] - assignment.tolerance
        let most = max(assignment.model.high[hour], assignment.qualities[hour]) + assignment.tolerance
        let possible = given + least...given + most
        var points = (isFixed ? own..<own + 1 : 0..<table.count(hour)).filter { point in
            point == own
                || losses[table.first[hour] + point] < limit && possible.contains(table[hour, point].quality)
        }
        points.sort { losses[table.first[hour] + $0] < losses[table.first[hour] + $1] }
        if points.count > Self.pointsMax {
            let isKept = points[..<Self.pointsMax].contains(own)
            points.removeSubrange(Self.pointsMax...)
            if !isKept { points.append(own) }
        }
        let best = points.reduce(0) { max($0, table[hour, $1].quality) }
        let all = points.map { point in
            Beam.Choice(
                point: point,
                loss: losses[table.first[hour] + point],
                less: best - table[hour, point].quality
            )
        }
        return (all, best)
    }
}
