internal import Accounting
internal import Domain
internal import Ledger

/// Where the carbon comes from, and which models took the requests.
extension ReportSection {
    /// Carbon by what emitted it; the parts add up to the total.
    static func breakdown(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let totals = try data.totals()
        let total = totals?.carbon.central.micrograms ?? 0
        let parts = totals?.namedParts ?? []
        let known = parts.reduce(0) { $0 + ($1.carbon?.micrograms ?? 0) }
        let lines = parts + [("unattributed", Carbon(micrograms: total - known)), ("total", Carbon(micrograms: total))]
        return ReportTable(
            title: "Carbon by component",
            header: ["component", "carbon_g", "share"],
            lines: lines.map { name, carbon in
                let share = carbon.flatMap { total == 0 ? nil : Double($0.micrograms) / Double(total) }
                return [.text(name), .init(carbon?.grams, places: 6), .init(share, places: 4)]
            },
            notes: [
                "carbon_g: central estimates; - where nobody estimated that part",
                "unattributed: what requests emitted whose estimate has no parts",
                "share: of the total above, so the shares match the grams",
            ]
        )
    }

    /// What the emissions, and those saved, are like: by one table of factors, each with its source and year.
    ///
    /// The kilowatt-hour is that of the requests' own energy and carbon, so that it says what energy the grams stand for.
    static func equivalences(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let totals = try data.totals()
        let (emitted, joules) = (totals?.carbon.central ?? .zero, totals?.energyJoules.central ?? 0)
        let ownGrid = Equivalence(
            name: "grid_kwh",
            unit: "kWh",
            gramsEach: joules > 0 ? emitted.grams / (joules / 3_600_000) : 0,
            source: "this report's own carbon and energy",
            year: data.lastYear
        )
        let amounts = [
            ("emitted", emitted), ("saved against the best able model", totals?.againstBest.savedCarbon ?? .zero),
        ]
        let lines = amounts.filter { $0.1 > .zero }.flatMap { name, carbon in
            [.carKilometre, ownGrid, .phoneCharge].map { (equivalence: Equivalence) -> [ReportTable.Cell] in
                [
                    .text(name), .init(carbon.grams, places: 6), .text(equivalence.name),
                    .init(equivalence.count(of: carbon), places: 6), .text(equivalence.unit),
                    .init(equivalence.gramsEach, places: 3), .text(equivalence.source), .init(equivalence.year),
                ]
            }
        }
        return ReportTable(
            title: "What the carbon is like",
            header: ["carbon", "carbon_g", "equivalent", "count", "unit", "g_each", "source", "year"],
            lines: lines,
            notes: ["count: carbon_g / g_each, by the source of that year"]
        )
    }

    /// Which models each strategy's and router's answers came from.
    static func distribution(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let rows = try data.rows(by: [.strategy, .router, .model])
        let sums = rows.reduce(into: [[String]: Int]()) { $0[Array($1.group.prefix(2)), default: 0] += $1.requests }
        return ReportTable(
            title: "Models by strategy and router",
            header: ["strategy", "router", "model", "requests", "share"],
            lines: rows.map { row in
                let share = Double(row.requests) / Double(max(sums[Array(row.group.prefix(2))] ?? 1, 1))
                return row.group.map { .text($0) } + [.init(row.requests), .init(share, places: 4)]
            },
            notes: [
                "model: the one that answered, or else the one that was chosen; - where none was",
                "strategy: - where the client named the model",
                "router: the one that told what quality to expect of each model; - where the registry's figures did",
                "share: of the requests of that strategy and router",
            ]
        )
    }

    /// Energy for each token of each model, and its class.
    static func models(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let rows = try data.rows(by: [.model]).filter { $0.usage.output > 0 }
        let figures: [Figure] = [.requests, .inputTokens, .outputTokens, .energy]
        let rest: [Figure] = [.carbon, .carbonMean, .expectedQuality]
        return ReportTable(
            title: "Energy classes of models",
            header: ["model"] + figures.map(\.name) + ["j_per_output_token", "energy_class"] + rest.map(\.name),
            lines: rows.map { row in
                let joules = row.energyJoules.central / Double(row.usage.output)
                return [.text(row.group[0])] + figures.map { $0.cell(row) }
                    + [.init(joules, places: 4), .text(EnergyClass(joulesPerToken: joules).rawValue)]
                    + rest.map { $0.cell(row) }
            },
            notes: [
                "j_per_output_token: all energy of the model's requests, prompts included / generated tokens",
                "energy_class: low below 0.15 J per generated token, medium below 0.35, high below 2, very_high from there; "
                    + "by the models that the ML.ENERGY benchmark v3 measured on an H100",
            ] + rest.map(\.note)
        )
    }
}

extension ReportRow {
    /// The parts of the carbon by name.
    var namedParts: [(name: String, carbon: Carbon?)] {
        [
            ("router", parts.router), ("loading", parts.loading), ("prompt", parts.prompt),
            ("generation", parts.generation), ("embodied", parts.embodied),
        ]
    }
}
