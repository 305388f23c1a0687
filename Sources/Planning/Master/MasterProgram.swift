internal import LinearProgramming

/// The linear program over the hulls of a stretch of hours: its solution, and the prices that prove it.
///
/// Each hour climbs its hull segment by segment. A window's sum is the difference of two running totals, so it has two
/// coefficients however long it is. Of few windows the sums themselves are cheaper.
struct MasterProgram {
    /// What came of it.
    struct Outcome {
        /// The quality of each hour and chain.
        var qualities: [Double]
        /// The price of each window and chain.
        var prices: [Double]
        var pivotCount: Int
    }

    private let model: QualityModel
    /// The hours that are decided.
    private let hours: Range<Int>
    /// The windows that bind them.
    private let windows: Range<Int>
    /// What the windows still need, window by window and chain by chain.
    private let required: [Double]
    private let qualityScale: Double
    private let costScale: Double
    private let holdsTops: Bool
    private var program = LinearProgram(.minimize)
    private var places: [LinearBasis.Place] = []
    private var constraintPlaces: [LinearBasis.Place] = []
    private var chains: [LinearProgram.Variable] = []
    private var sums: [LinearProgram.Constraint] = []

    /// The program of `hours` and the windows that end in them.
    ///
    /// - Parameters:
    ///   - model: The problem.
    ///   - hours: The stretch.
    ///   - windows: Those that end in it.
    ///   - fixed: The quality of each hour and chain before `hours`, which is decided.
    ///   - costScale: A cost that counts 1.
    ///   - holdsTops: Whether no chain gets more than the tiers can give to it alone.
    init(
        _ model: QualityModel,
        hours: Range<Int>,
        windows: Range<Int>,
        fixed: [Double],
        costScale: Double,
        holdsTops: Bool
    ) {
        self.model = model
        self.hours = hours
        self.windows = windows
        self.costScale = costScale
        self.holdsTops = holdsTops
        qualityScale = model.scale
        let count = model.chainCount
        required = windows.flatMap { window in
            let decided = model.windows[window].clamped(to: 0..<hours.lowerBound)
            return (0..<count).map { chain in
                decided.reduce(model.required[window * count + chain]) { $0 - fixed[$1 * count + chain] }
            }
        }
        addHours()
        addWindows()
    }

    func solve(within limits: SolveLimits, unless isCancelled: () -> Bool) throws(LinearProgramError) -> Outcome {
        let basis = LinearBasis(variables: places, constraints: constraintPlaces)
        let solution = try program.solve(within: limits, from: basis, unless: isCancelled)
        return Outcome(
            qualities: zip(chains, low).map { solution[$0] * qualityScale + $1 },
            // Rounding leaves prices a little below 0, which would prove nothing.
            prices: sums.map { max(0, solution.dual(of: $0)) * costScale / qualityScale },
            pivotCount: solution.pivotCount
        )
    }

    private var low: ArraySlice<Double> {
        model.low[hours.lowerBound * model.chainCount..<hours.upperBound * model.chainCount]
    }

    /// A variable for what each chain gets of an hour above its least, and one for each segment of the hour's hull.
    private mutating func addHours() {
        let count = model.chainCount
        let level = level
        for hour in hours {
            let curve = model.curves[hour]
            var terms: [(variable: LinearProgram.Variable, coefficient: Double)] = []
            var least = model.offset[hour]
            for place in hour * count..<(hour + 1) * count {
                let room = (model.high[place] - model.low[place]) / qualityScale
                chains.append(variable(atMost: room, at: place == hour * count ? .basic : .upper))
                terms.append((chains[chains.count - 1], 1))
                least += model.low[place]
            }
            let goal = model.offset[hour] + level * (model.high[hour * count..<(hour + 1) * count].reduce(0, +))
            for corner in curve.hullQualities.indices.dropFirst() {
                let length = curve.hullQualities[corner] - curve.hullQualities[corner - 1]
                let cost = (curve.hullCosts[corner] - curve.hullCosts[corner - 1]) / costScale
                let segment = variable(
                    atMost: length / qualityScale,
                    objective: cost / length * qualityScale,
                    at: curve.hullQualities[corner - 1] < goal ? .upper : .lower
                )
                terms.append((segment, -1))
            }
            if holdsTops { addTops(hour, segments: terms.dropFirst(count).map(\.variable)) }
            // A curve's least quality may be above what its requests have to get, if that costs nothing.
            program.constrain(terms, atMost: (curve.hullQualities[0] - least) / qualityScale)
            constraintPlaces.append(.upper)
        }
    }

    /// No chain gets more of an hour than its tiers can give to it alone: a line between the corners of the hull.
    private mutating func addTops(_ hour: Int, segments: [LinearProgram.Variable]) {
        let (count, curve, tops) = (model.chainCount, model.curves[hour], model.hullTops[hour])
        for chain in 0..<count {
            var terms = [(variable: chains[chains.count - count + chain], coefficient: 1.0)]
            for (corner, segment) in segments.enumerated() {
                let rise = tops[(corner + 1) * count + chain] - tops[corner * count + chain]
                let length = curve.hullQualities[corner + 1] - curve.hullQualities[corner]
                terms.append((segment, -rise / length))
            }
            program.constrain(terms, atMost: (tops[chain] - model.low[hour * count + chain]) / qualityScale)
            constraintPlaces.append(.basic)
        }
    }

    /// The share of each hour's greatest quality that keeps every window's promise: where the simplex method begins.
    private var level: Double {
        guard model.chainCount == 1 else { return 1 }
        let shares = zip(windows, required).map { window, required in
            let most = model.windows[window].clamped(to: hours).reduce(0) { $0 + model.high[$1] }
            return most > 0 ? required / most : 0
        }
        return min(max(shares.max() ?? 0, 0), 1)
    }

    private mutating func addWindows() {
        let count = model.chainCount
        let direct = windows.reduce(0) { $0 + model.windows[$1].clamped(to: hours).count }
        let hasTotals = direct > 4 * (hours.count + windows.count)
        var totals: [LinearProgram.Variable] = []
        if hasTotals {
            // The running total after each hour, rising by what the hour adds.
            for place in 0..<hours.count * count {
                totals.append(variable(atLeast: -.infinity, at: .basic))
                var terms = [(totals[place], 1.0), (chains[place], -1.0)]
                if place >= count { terms.append((totals[place - count], -1)) }
                program.constrain(terms, equal: 0)
                constraintPlaces.append(.fixed)
            }
        }
        for (index, window) in windows.enumerated() {
            let span = model.windows[window].clamped(to: hours)
            for chain in 0..<count {
                let least = span.reduce(required[index * count + chain]) { $0 - model.low[$1 * count + chain] }
                let (begin, end) = (span.lowerBound - hours.lowerBound, span.upperBound - hours.lowerBound)
                var terms: [(variable: LinearProgram.Variable, coefficient: Double)] = []
                if hasTotals {
                    terms = [(totals[(end - 1) * count + chain], 1)]
                    if begin > 0 { terms.append((totals[(begin - 1) * count + chain], -1)) }
                } else {
                    terms = (begin..<end).map { (chains[$0 * count + chain], 1) }
                }
                sums.append(program.constrain(terms, atLeast: least / qualityScale))
                constraintPlaces.append(.basic)
            }
        }
    }

    private mutating func variable(
        atLeast lower: Double = 0,
        atMost upper: Double = .infinity,
        objective: Double = 0,
        at place: LinearBasis.Place
    ) -> LinearProgram.Variable {
        places.append(place == .upper && upper == lower ? .fixed : place)
        return program.variable(atLeast: lower, atMost: upper, objective: objective)
    }
}
