internal import Domain

/// The sums of a report: the SQL of each, and where it goes; both lists are in one order.
///
/// Dollars are summed whole and the rest apart, as a plain sum that overflows is an error in SQLite. Squares are summed as
/// reals.
enum ReportSums {
    static func expressions(for scope: ReportScope) -> [String] {
        let success = ReportQuery.isSuccess
        var limits = [success]
        if let cost = scope.costMax { limits.append("cost_nanodollars <= \(cost.nanodollars)") }
        if let duration = scope.durationMicrosecondsMax { limits.append("duration_microseconds <= \(duration)") }
        let counts = [
            "count(*)", count(success), count("outcome = 'cache_hit'"), count("is_simulated"),
            count("is_usage_estimated"),
        ]
        let kinds = ["input", "cached_input", "cache_write", "audio_input", "output", "reasoning", "audio_output"]
        let tokens = kinds.map { sum("\($0)_tokens") }
        let carbon = "carbon_micrograms"
        let footprint =
            money("cost_nanodollars") + [squares("cost_nanodollars")]
            + ["coalesce(energy_low_joules, energy_joules)", "energy_joules"].map(total)
            + [total("coalesce(energy_high_joules, energy_joules)")]
            + ["coalesce(carbon_low_micrograms, \(carbon))", carbon, "coalesce(carbon_high_micrograms, \(carbon))"].map(
                sum
            )
            + [squares(carbon)] + ["measured", "declared", "modelled"].map { count("provenance = '\($0)'") }
            + ["router", "loading", "prompt", "generation", "embodied"].map { "sum(\($0)_micrograms)" }
        let durations = ["duration_microseconds", "time_to_first_token_microseconds"].flatMap { column in
            let value = "CASE WHEN \(success) THEN \(column) END"
            return ["count(\(value))", total(value), squares(value)]
        }
        // What was wrong with the request itself is no failure to serve it.
        let isValid = "outcome <> 'invalid'"
        let shares = [
            count("\(isValid) AND is_within_limits IS NOT NULL"), count("\(isValid) AND is_within_limits"),
            count(isValid), count(limits.joined(separator: " AND ")),
        ]
        return counts + tokens + footprint + durations + shares + qualities + savings
    }

    private static var qualities: [String] {
        let isTask = "\(ReportQuery.isAnswer) AND quality IS NOT NULL AND baseline_quality IS NOT NULL"
        let isJudged = "(feedback.is_correct IS NOT NULL OR feedback.score IS NOT NULL)"
        let isRetained =
            "coalesce(feedback.is_correct, feedback.score >= baseline_quality, quality >= baseline_quality)"
        return [
            count(isTask), count("\(isTask) AND \(isRetained)"), count("\(isTask) AND \(isJudged)"),
            "count(feedback.is_correct)", count("feedback.is_correct"),
            sum("CASE WHEN feedback.is_correct IS NOT NULL THEN carbon_micrograms END"), "avg(quality)",
        ]
    }

    private static var savings: [String] {
        let isCompared = "baseline_model IS NOT NULL"
        // Rows older than the column of the baseline's carbon have nothing to compare theirs with.
        let hasCarbon = "\(isCompared) AND (baseline_cost_nanodollars IS NULL) = (baseline_carbon_micrograms IS NULL)"
        let isUnanswered = "strategy <> '' AND alternatives IS NULL AND baseline_cost_nanodollars IS NULL"
        return saving(
            money: ("coalesce(baseline_cost_nanodollars, 0)", isCompared),
            carbon: ("coalesce(baseline_carbon_micrograms, 0)", hasCarbon)
        ) + saving(money: ("0", isUnanswered), carbon: ("0", isUnanswered))
    }

    /// The columns of a ``Saving`` of the rows that meet the conditions, against what the expressions come to.
    static func saving(money other: (sql: String, where: String), carbon: (sql: String, where: String)) -> [String] {
        func only(_ value: String, _ condition: String) -> String { "CASE WHEN \(condition) THEN \(value) END" }
        return [count(other.where)] + money(only(other.sql, other.where))
            + money(only("cost_nanodollars", other.where))
            + [squares(only("(\(other.sql) - cost_nanodollars)", other.where))]
            + [count(carbon.where), sum(only(carbon.sql, carbon.where)), sum(only("carbon_micrograms", carbon.where))]
            + [squares(only("(\(carbon.sql) - carbon_micrograms)", carbon.where))]
    }

    static func read(_ columns: inout ColumnReader, into row: inout ReportRow) {
        row.requests = columns.count()
        row.successes = columns.count()
        row.cacheHits = columns.count()
        row.simulated = columns.count()
        row.estimatedUsages = columns.count()
        row.usage.input = columns.count()
        row.usage.cachedInput = columns.count()
        row.usage.cacheWrite = columns.count()
        row.usage.audioInput = columns.count()
        row.usage.output = columns.count()
        row.usage.reasoning = columns.count()
        row.usage.audioOutput = columns.count()
        // Some estimator; which, each row of the ledger tells.
        if row.estimatedUsages > 0 { row.usage.source = .bytes }
        row.cost = columns.money()
        row.costDeviation = columns.deviation(count: row.requests, sum: Double(row.cost.nanodollars), unit: 1e9)
        row.energyJoules = columns.interval { $0.optionalReal() ?? 0 }
        row.carbon = columns.interval { Carbon(micrograms: $0.integer()) }
        let micrograms = Double(row.carbon.central.micrograms)
        row.carbonDeviation = columns.deviation(count: row.requests, sum: micrograms, unit: 1e6)
        row.provenance.measured = columns.count()
        row.provenance.declared = columns.count()
        row.provenance.modelled = columns.count()
        row.parts.router = columns.optionalCarbon()
        row.parts.loading = columns.optionalCarbon()
        row.parts.prompt = columns.optionalCarbon()
        row.parts.generation = columns.optionalCarbon()
        row.parts.embodied = columns.optionalCarbon()
        row.duration = columns.durations()
        row.firstToken = columns.durations()
        row.ownLimits = columns.share()
        row.limits = columns.share()
        row.retained = columns.share()
        row.judged = columns.count()
        row.correct = columns.share()
        row.gradedCarbon = Carbon(micrograms: columns.integer())
        row.expectedQuality = columns.optionalReal()
        row.againstBest = columns.saving()
        row.unanswered = columns.saving()
    }

    private static func count(_ condition: String) -> String { "count(CASE WHEN \(condition) THEN 1 END)" }

    private static func sum(_ value: String) -> String { "coalesce(sum(\(value)), 0)" }

    private static func money(_ value: String) -> [String] {
        [sum("(\(value)) / 1000000000"), sum("(\(value)) % 1000000000")]
    }

    private static func real(_ value: String) -> String { "CAST(\(value) AS DOUBLE PRECISION)" }

    private static func total(_ value: String) -> String { "coalesce(sum(\(real(value))), 0.0)" }

    private static func squares(_ value: String) -> String { total("\(real(value)) * \(real(value))") }
}

extension ColumnReader {
    fileprivate mutating func count() -> Int { Int(integer()) }

    /// Whole dollars and the rest, held at the range's end.
    mutating func money() -> Money {
        let (dollars, rest) = (integer(), integer())
        let (product, overflows) = dollars.multipliedReportingOverflow(by: 1_000_000_000)
        return Money(nanodollars: overflows ? (dollars > 0 ? .max : .min) : product) + Money(nanodollars: rest)
    }

    /// The standard deviation of a sample of `count` values from their `sum` and, in this column, that of their squares;
    /// over `unit`.
    fileprivate mutating func deviation(count: Int, sum: Double, unit: Double) -> Double? {
        let squares = optionalReal() ?? 0
        guard count > 1 else { return nil }
        let variance = (squares - sum * sum / Double(count)) / Double(count - 1)
        return max(variance, 0).squareRoot() / unit
    }

    fileprivate mutating func interval<Value>(_ read: (inout Self) -> Value) -> ReportRow.Interval<Value> {
        ReportRow.Interval(low: read(&self), central: read(&self), high: read(&self))
    }

    fileprivate mutating func share() -> ReportRow.Share { ReportRow.Share(of: count(), kept: count()) }

    fileprivate mutating func durations() -> ReportRow.Durations {
        var durations = ReportRow.Durations(count: count())
        let sum = optionalReal() ?? 0
        durations.deviation = deviation(count: durations.count, sum: sum, unit: 1)
        if durations.count > 0 { durations.mean = sum / Double(durations.count) }
        return durations
    }

    /// Reads what ``ReportSums/saving(money:carbon:)`` selects.
    mutating func saving() -> Saving {
        var saving = Saving()
        saving.count = count()
        (saving.otherCost, saving.cost) = (money(), money())
        let dollars = Double(saving.savedCost.nanodollars)
        saving.costDeviation = deviation(count: saving.count, sum: dollars, unit: 1e9)
        let carbonCount = count()
        (saving.otherCarbon, saving.carbon) = (Carbon(micrograms: integer()), Carbon(micrograms: integer()))
        let micrograms = Double(saving.savedCarbon.micrograms)
        saving.carbonDeviation = deviation(count: carbonCount, sum: micrograms, unit: 1e6)
        return saving
    }
}
