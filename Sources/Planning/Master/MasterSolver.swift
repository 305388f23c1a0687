internal import LinearProgramming

/// Solves the master program: at once, or stretch by stretch where that takes too long.
///
/// A stretch is decided together with a lookahead, and only what lies before that is kept: far ahead matters little. The
/// prices of the windows that begin in the kept part are kept too; together they prove a bound for the whole.
struct MasterSolver {
    /// A solution of the whole.
    struct Outcome {
        var qualities: [Double]
        var prices: [Double]
        var pivotCount: Int
    }

    /// Hours that are solved at once; more are cut into stretches.
    var hoursAtOnceMax = 1000
    /// Hours of a stretch that are kept.
    var hoursKept = 336

    /// Whether no chain gets more of an hour than its tiers can give to it alone.
    ///
    /// Without that the prices prove more, and the qualities may be such as no hour can give.
    var holdsTops = false

    func solve(
        _ model: QualityModel,
        within limits: SolveLimits,
        unless isCancelled: () -> Bool
    ) throws(LinearProgramError) -> Outcome {
        if model.chainCount == 1, model.hourCount > hoursAtOnceMax {
            return try MasterNetwork(model).solve(unless: isCancelled)
        }
        let count = model.chainCount
        var outcome = Outcome(
            qualities: Array(repeating: 0, count: model.hourCount * count),
            prices: Array(repeating: 0, count: model.required.count),
            pivotCount: 0
        )
        let clock = ContinuousClock()
        let start = clock.now
        for stretch in stretches(model) {
            var limits = limits
            limits.time -= clock.now - start
            let program = MasterProgram(
                model,
                hours: stretch.hours,
                windows: stretch.windows,
                fixed: outcome.qualities,
                costScale: costScale(model, stretch.hours),
                holdsTops: holdsTops
            )
            let part = try program.solve(within: limits, unless: isCancelled)
            outcome.pivotCount += part.pivotCount
            let first = stretch.hours.lowerBound * count
            outcome.qualities.replaceSubrange(first..<first + part.qualities.count, with: part.qualities)
            // A window that began in a stretch before has its price from there.
            let begun = model.windows[stretch.windows].prefix { $0.lowerBound < stretch.hours.lowerBound }.count
            let window = (stretch.windows.lowerBound + begun) * count
            let prices = part.prices.dropFirst(begun * count)
            outcome.prices.replaceSubrange(window..<window + prices.count, with: prices)
        }
        return outcome
    }

    /// Hours and windows that are solved together; each stretch overwrites what the one before said of its lookahead.
    private func stretches(_ model: QualityModel) -> [(hours: Range<Int>, windows: Range<Int>)] {
        let longest = model.windows.map(\.count).max() ?? 1
        let lookahead = max(2 * longest, 168)
        let kept = max(hoursKept, longest)
        guard model.hourCount > max(hoursAtOnceMax, 2 * (kept + lookahead)) else {
            return [(0..<model.hourCount, 0..<model.windows.count)]
        }
        var stretches: [(hours: Range<Int>, windows: Range<Int>)] = []
        var first = 0
        while true {
            let isLast = first + kept + lookahead >= model.hourCount
            let hours = first..<(isLast ? model.hourCount : first + kept + lookahead)
            // Windows of decided hours alone can't be changed; those that end later belong to a later stretch.
            let begin = model.windows.firstIndex { $0.upperBound > hours.lowerBound } ?? model.windows.count
            let end = model.windows.firstIndex { $0.upperBound > hours.upperBound } ?? model.windows.count
            stretches.append((hours, begin..<max(begin, end)))
            guard !isLast else { return stretches }
            first += kept
        }
    }

    /// About what an hour's quality costs: costs of the program are near 1 with it.
    private func costScale(_ model: QualityModel, _ hours: Range<Int>) -> Double {
        let most = hours.reduce(0) { max($0, (model.curves[$1].hullCosts.last ?? 0)) }
        return most > 0 ? most : 1
    }
}
