internal import Domain
internal import Ledger

/// The rows behind the charts of a page, and which chart goes with which section.
struct ReportFigures {
    private static let bounds: [(name: String, microseconds: Int64)] = [
        ("50 ms", 50_000), ("100", 100_000), ("250", 250_000), ("500", 500_000), ("1 s", 1_000_000), ("2.5", 2_500_000),
        ("5", 5_000_000), ("10", 10_000_000), ("30", 30_000_000), ("60 s", 60_000_000),
    ]

    private let days: [ReportRow]
    private let mix: [ReportRow]
    private let strategies: [ReportRow]
    private let durations: [(group: String, counts: [Int])]
    private let singles: [SingleModel]
    private let totals: ReportRow?
    private let hasLimits: Bool

    init(from data: inout ReportData) throws(LedgerError) {
        days = try data.rows(by: [.day, .model])
        mix = try data.rows(by: [.strategy, .router, .model])
        strategies = try data.rows(by: [.strategy, .router])
        durations = try data.durations(by: .strategy, bounds: Self.bounds.map(\.microseconds))
        singles = try data.singleModels()
        totals = try data.totals(savings: true)
        hasLimits = data.scope.hasLimits
    }

    /// The drawings that go with `section`; none of an empty ledger.
    func charts(of section: ReportSection) -> [(inout Markup) -> Void] {
        guard let totals, totals.requests > 0 else { return [] }
        return switch section {
        case .overview:
            [
                byDay("spend", "Cost by day and model", "USD") { $0.cost.dollars },
                byDay("emitted", "Carbon by day and model", "g CO2e") { $0.carbon.central.grams },
            ]
        case .latency: [latency]
        case .service: service.map { [$0] } ?? []
        case .routers: [frontier]
        case .distribution: [distribution]
        case .breakdown: [breakdown(totals)]
        case .savings:
            [
                savings(
                    totals,
                    "saved-usd",
                    "What it cost, and would have cost",
                    "USD",
                    \.cost,
                    \.otherCost,
                    \.dollars
                ),
                savings(
                    totals,
                    "saved-g",
                    "What it emitted, and would have emitted",
                    "g CO2e",
                    \.carbon,
                    \.otherCarbon,
                    \.grams
                ),
            ]
        case .tokens, .cost, .carbon, .choice, .singles, .models, .equivalences: []
        }
    }

    /// The names of `rows` at `place` of their groups, those with the most requests first; more than there are colours
    /// are told apart no more.
    private func ranked(_ rows: [ReportRow], at place: Int) -> [String] {
        let sums = rows.reduce(into: [String: Int]()) { $0[$1.group[place], default: 0] += $1.requests }
        return sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    /// `names` with the least ones together as others, and the place of each.
    private func series(_ names: [String]) -> (shown: [String], place: [String: Int]) {
        let isMany = names.count > Chart.colours
        let shown = isMany ? names.prefix(Chart.colours - 1) + ["others"] : names
        let places = names.enumerated().map { ($1, min($0, Chart.colours - 1)) }
        return (shown, Dictionary(uniqueKeysWithValues: places))
    }

    private func byDay(
        _ id: String,
        _ title: String,
        _ unit: String,
        value: (ReportRow) -> Double
    ) -> (inout Markup) -> Void {
        let (shown, place) = series(ranked(days, at: 1))
        // The rows come by day.
        var columns: [String] = []
        var values: [[Double]] = []
        for row in days {
            if columns.last != row.group[0] {
                columns.append(row.group[0])
                values.append(Array(repeating: 0, count: shown.count))
            }
            values[values.count - 1][place[row.group[1]] ?? 0] += value(row)
        }
        return ColumnChart(id: id, title: title, unit: unit, columns: columns, series: shown, values: values).write
    }

    private var distribution: (inout Markup) -> Void {
        let (shown, place) = series(ranked(mix, at: 2))
        let bars = strategies.map { strategy in
            let rows = mix.filter { $0.group.prefix(2) == strategy.group[...] }
            let sum = rows.reduce(0) { $0 + $1.requests }
            var values = Array(repeating: 0.0, count: shown.count)
            for row in rows { values[place[row.group[2]] ?? 0] += 100 * Double(row.requests) / Double(max(sum, 1)) }
            return BarChart.Bar(name: Self.name(strategy), values: values, says: "\(sum)")
        }
        return BarChart(id: "mix", title: "Models by strategy and router", unit: "%", series: shown, bars: bars).write
    }

    private var latency: (inout Markup) -> Void {
        let lines = durations.prefix(Chart.colours).map { group, counts in
            let sum = Double(max(counts.reduce(0, +), 1))
            var below = 0.0
            let shares = counts.prefix(Self.bounds.count).map { count in
                below += Double(count)
                return below / sum
            }
            return (name: Self.strategy(group), shares: shares)
        }
        let names = Self.bounds.map(\.name)
        return LineChart(
            id: "latency",
            title: "How long answers took, by strategy",
            unit: "at most",
            steps: names,
            lines: lines
        ).write
    }

    /// `nil` where no request had limits: there is nothing to draw.
    private var service: ((inout Markup) -> Void)? {
        let bars = strategies.compactMap { row -> BarChart.Bar? in
            let share = hasLimits ? row.limits : row.ownLimits
            guard let value = share.value else { return nil }
            let says = "\(value.percent) of \(share.of)"
            return BarChart.Bar(name: Self.name(row), values: [100 * value], says: says)
        }
        guard !bars.isEmpty else { return nil }
        let limits = hasLimits ? "Within both limits" : "Within the requests' own limits"
        let title = "\(limits), by strategy and router"
        return BarChart(id: "service", title: title, unit: "%", series: [title], bars: bars).write
    }

    private var frontier: (inout Markup) -> Void {
        let done = strategies.compactMap { row -> ScatterChart.Point? in
            guard let quality = row.expectedQuality, !row.group[0].isEmpty else { return nil }
            let cost = 1000 * row.cost.dollars / Double(row.requests)
            return ScatterChart.Point(name: Self.name(row), x: cost, y: quality, isReal: true)
        }
        let alone = singles.filter { $0.coverage == 1 }.map { single in
            let cost = 1000 * single.saving.otherCost.dollars / Double(max(single.saving.count, 1))
            return ScatterChart.Point(name: single.model.rawValue, x: cost, y: single.quality, isReal: false)
        }
        return ScatterChart(
            id: "frontier",
            title: "Cost and expected quality: circles are strategies with their routers, squares models for all",
            xName: "USD for 1,000 requests",
            yName: "quality by the registry",
            points: done + alone
        ).write
    }

    private func breakdown(_ totals: ReportRow) -> (inout Markup) -> Void {
        let total = totals.carbon.central.grams
        let known = totals.namedParts.compactMap { name, carbon in carbon.map { (name, $0.grams) } }
        let rest = total - known.reduce(0) { $0 + $1.1 }
        let bars = (known + (rest > 0 ? [("unattributed", rest)] : [])).map { name, grams in
            let share = total > 0 ? (grams / total).percent : "-"
            return BarChart.Bar(name: name, values: [grams], says: "\(grams.short) g, \(share)")
        }
        return BarChart(id: "breakdown", title: "Carbon by component", unit: "g CO2e", series: ["carbon"], bars: bars)
            .write
    }

    private func savings<Amount>(
        _ totals: ReportRow,
        _ id: String,
        _ title: String,
        _ unit: String,
        _ charged: KeyPath<Saving, Amount>,
        _ other: KeyPath<Saving, Amount>,
        _ value: KeyPath<Amount, Double>
    ) -> (inout Markup) -> Void {
        var bars = [("as routed", totals.againstBest[keyPath: charged][keyPath: value])]
        bars.append(("always the best", totals.againstBest[keyPath: other][keyPath: value]))
        if let single = totals.againstSingle {
            let names = singles.filter(\.isBest).map(\.model.rawValue).joined(separator: ", ")
            bars.append(("only \(names)", single[keyPath: other][keyPath: value]))
        }
        let shown = bars.map { BarChart.Bar(name: $0, values: [$1], says: $1.short) }
        return BarChart(id: id, title: title, unit: unit, series: [unit], bars: shown).write
    }

    private static func strategy(_ name: String) -> String { name.isEmpty ? "named by client" : name }

    /// A strategy, and the router that told it what to expect, if one did.
    private static func name(_ row: ReportRow) -> String {
        ([strategy(row.group[0])] + row.group.dropFirst().filter { !$0.isEmpty }).joined(separator: ", ")
    }
}
