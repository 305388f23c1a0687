internal import Domain
internal import Ledger

/// Strategies beside each other, and all of them beside what might have been.
extension ReportSection {
    /// The routing strategies beside each other, each by the routers that scored for it.
    static func routers(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let figures: [Figure] = [
            .requests, .successRate, .correctRate, .latencyMean, .latencyDeviation, .cost, .costMean, .carbon,
            .carbonMean, .carbonDeviation, .expectedQuality,
        ]
        let rows = try data.rows(by: [.strategy, .router]).filter { $0.group[0] != "" }
        return ReportTable(
            title: "Routers compared",
            header: ["strategy", "router"] + figures.map(\.name),
            lines: rows.map { row in row.group.map { .text($0) } + figures.map { $0.cell(row) } },
            notes: figures.map(\.note) + [
                "router: the one that told what quality to expect of each model; - where the registry's figures did",
                "Each line's requests are its own: differences between lines are not only the routers'.",
            ]
        )
    }

    /// What the gateway routed beside what clients asked for by name, and by how much the former is lower or higher.
    static func choice(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let rows = try data.rows(by: [.choice])
        let (routed, direct) = (rows.first { $0.group == ["routed"] }, rows.first { $0.group == ["direct"] })
        let measures: [(name: String, places: Int, value: (ReportRow) -> Double?)] = [
            ("requests", 0, { Double($0.requests) }), ("success_rate", 4, { $0.successRate }),
            ("correct_rate", 4, { $0.correct.value }), ("latency_mean_ms", 3, { $0.duration.mean.map { $0 / 1000 } }),
            ("latency_sd_ms", 3, { $0.duration.deviation.map { $0 / 1000 } }),
            ("cost_usd", 9, { $0.cost.dollars }), ("cost_mean_usd", 9, { $0.mean($0.cost.dollars) }),
            ("carbon_g", 6, { $0.carbon.central.grams }), ("carbon_mean_g", 6, { $0.mean($0.carbon.central.grams) }),
            ("carbon_sd_g", 6, { $0.carbonDeviation }), ("carbon_per_solution_g", 6, { $0.carbonPerSolution }),
        ]
        return ReportTable(
            title: "Routed and direct requests",
            header: ["measure", "routed", "direct", "change"],
            lines: measures.map { measure in
                let (new, old) = (routed.flatMap(measure.value), direct.flatMap(measure.value))
                let change = new.flatMap { new in old.flatMap { $0 == 0 ? nil : new / $0 - 1 } }
                return [
                    .text(measure.name), .init(new, places: measure.places), .init(old, places: measure.places),
                    .init(measure.name == "requests" ? nil : change, places: 4),
                ]
            },
            notes: [
                "routed: the gateway chose the model; direct: the client named it",
                "change: routed / direct - 1; the two are of different requests unless the same were sent twice",
                "carbon_per_solution_g: grams of the answers said to be right or wrong / right ones; undefined where "
                    + "none is right",
            ]
        )
    }

    /// What was saved in all, and what that comes to for a thousand requests.
    static func savings(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let totals = try data.totals(savings: true)
        let names = try data.singleModels().filter(\.isBest).map(\.model.rawValue)
        let savings =
            [("the best able model", totals?.againstBest)]
            + [("one model: \(names.isEmpty ? "none" : names.joined(separator: ", "))", totals?.againstSingle)]
        return ReportTable(
            title: "Savings, and their projection to 1,000 requests",
            header: [
                "against", "requests", "saved_usd", "saved_share", "usd_per_1000", "usd_per_1000_low",
                "usd_per_1000_high", "saved_carbon_g", "saved_carbon_share", "g_per_1000", "g_per_1000_low",
                "g_per_1000_high",
            ],
            lines: savings.compactMap { name, saving in
                guard let saving, saving.count > 0 else { return nil }
                let dollars = Projection(saving.savedCost.dollars, saving.costDeviation, count: saving.count)
                let grams = Projection(saving.savedCarbon.grams, saving.carbonDeviation, count: saving.count)
                return [.text(name), .init(saving.count), .number(saving.savedCost.description)]
                    + [.init(saving.savedShare, places: 4)] + dollars.cells(places: 6)
                    + [.init(saving.savedCarbon.grams, places: 6), .init(saving.savedCarbonShare, places: 4)]
                    + grams.cells(places: 3)
            },
            notes: [
                "saved_usd: their price for the answers' tokens, less all that was charged; unanswered requests count "
                    + "as loss, cache hits cost 0",
                "one model: of those able to answer the most routed requests, the cheapest whose quality by the registry "
                    + "is at least the mean that was delivered; chosen in hindsight, for each endpoint",
                "per_1000: 1,000 times the mean saving of a request; low and high: its 95 % interval (1.96 standard "
                    + "errors), for requests like these; the uncertainty of the carbon estimates comes on top",
            ]
        )
    }

    /// Each model as the only one.
    static func singles(from data: inout ReportData) throws(LedgerError) -> ReportTable {
        let models = try data.singleModels()
        return ReportTable(
            title: "Each model as the only one, in hindsight",
            header: [
                "endpoint", "model", "answers", "coverage", "cost_usd", "carbon_g", "quality", "delivered_quality",
                "best",
            ],
            lines: models.map { single in
                [
                    .text(single.endpoint), .text(single.model.rawValue), .init(single.saving.count),
                    .init(single.coverage, places: 4), .number(single.saving.otherCost.description),
                    .init(single.saving.otherCarbon.grams, places: 6), .init(single.quality, places: 4),
                    .init(single.deliveredQuality, places: 4), .text(single.isBest ? "best" : ""),
                ]
            },
            notes: [
                "answers: those of routed requests that the model was able to give, by its features, capabilities, "
                    + "context and the operator's list",
                "coverage: that, of all answers of the endpoint",
                "cost_usd, carbon_g: at the tokens of the answers that were given; no attempt of it fails",
                "delivered_quality: the mean quality by the registry of what was answered in its place",
            ]
        )
    }
}

/// A mean for each request, taken to a thousand of them, with its 95 % interval.
struct Projection {
    let central: Double
    /// None of a single request.
    let margin: Double?

    /// Of `count` requests whose values add up to `sum` and spread by `deviation`.
    init(_ sum: Double, _ deviation: Double?, count: Int) {
        central = 1000 * sum / Double(count)
        margin = deviation.map { 1000 * 1.96 * $0 / Double(count).squareRoot() }
    }

    func cells(places: Int) -> [ReportTable.Cell] {
        [
            .init(central, places: places), .init(margin.map { central - $0 }, places: places),
            .init(margin.map { central + $0 }, places: places),
        ]
    }
}

extension SingleModel {
    /// The share of its endpoint's answers that it could have given.
    var coverage: Double? { answers == 0 ? nil : Double(saving.count) / Double(answers) }
}

extension ReportRow {
    /// `sum` for each request; none of none.
    func mean(_ sum: Double) -> Double? { requests == 0 ? nil : sum / Double(requests) }

    /// Grams for each right answer, wrong ones' included; undefined where none is right.
    var carbonPerSolution: Double? { correct.kept == 0 ? nil : gradedCarbon.grams / Double(correct.kept) }
}
