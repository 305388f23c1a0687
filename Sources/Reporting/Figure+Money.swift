internal import Domain
internal import Ledger

/// What requests cost, emitted and saved.
extension Figure {
    static let cost = Figure("cost_usd", "what all attempts cost, failed ones included") {
        .number($0.cost.description)
    }
    static let costMean = Figure("cost_mean_usd", "cost_usd / requests") {
        .init($0.requests == 0 ? nil : $0.cost.dollars / Double($0.requests), places: 9)
    }
    static let costDeviation = Figure("cost_sd_usd", "its standard deviation over requests") {
        .init($0.costDeviation, places: 9)
    }

    static let saved = Figure(
        "saved_usd",
        "price of the best able model for the same answers, less what was charged for everything; a cache hit costs 0"
    ) { .number($0.againstBest.savedCost.description) }
    static let savedShare = Figure("saved_share", "saved_usd / that price") {
        .init($0.againstBest.savedShare, places: 4)
    }
    static let savedCarbon = Figure("saved_carbon_g", "the same in grams of CO2e, by the central estimates") {
        .init($0.againstBest.savedCarbon.grams, places: 6)
    }
    static let singleSaved = Figure(
        "single_saved_usd",
        "the same against the best single model for everything, chosen in hindsight (section singles)"
    ) { $0.againstSingle.map { .number($0.savedCost.description) } ?? .none }
    static let singleSavedShare = Figure("single_saved_share", "single_saved_usd / that model's price") {
        .init($0.againstSingle?.savedShare, places: 4)
    }
    static let singleSavedCarbon = Figure("single_saved_carbon_g", "the same in grams of CO2e") {
        .init($0.againstSingle?.savedCarbon.grams, places: 6)
    }
    static let savings = [saved, savedShare, savedCarbon, singleSaved, singleSavedShare, singleSavedCarbon]

    static let energy = Figure("energy_wh", "energy of all attempts, data centre included; central estimate") {
        .init($0.energyJoules.central / 3600, places: 3)
    }
    static let energyEnds = [
        Figure("energy_low_wh", "lower end of the estimate, each request's added up") {
            .init($0.energyJoules.low / 3600, places: 3)
        },
        Figure("energy_high_wh", "upper end of the estimate") { .init($0.energyJoules.high / 3600, places: 3) },
    ]
    static let carbon = Figure("carbon_g", "grams of CO2e of all attempts, added up; central estimate") {
        .init($0.carbon.central.grams, places: 6)
    }
    static let carbonEnds = [
        Figure("carbon_low_g", "lower end of the estimate, each request's added up") {
            .init($0.carbon.low.grams, places: 6)
        },
        Figure("carbon_high_g", "upper end of the estimate") { .init($0.carbon.high.grams, places: 6) },
    ]
    static let carbonMean = Figure("carbon_mean_g", "carbon_g / requests, all of them") {
        .init($0.requests == 0 ? nil : $0.carbon.central.grams / Double($0.requests), places: 6)
    }
    static let carbonDeviation = Figure("carbon_sd_g", "its standard deviation over requests") {
        .init($0.carbonDeviation, places: 6)
    }
    static let provenance = [
        Figure("measured", "requests whose energy was metered") { .init($0.provenance.measured) },
        Figure("declared", "requests whose energy is the registry's, per token") { .init($0.provenance.declared) },
        Figure("modelled", "requests whose energy is a formula's; the rest called no model") {
            .init($0.provenance.modelled)
        },
    ]
}

/// What was promised, and how good the answers are thought to be.
extension Figure {
    static let withinLimits = Figure(
        "within_limits",
        "of the requests that set limits on cost or latency, the share answered within all of them"
    ) { .init($0.ownLimits.value, places: 4) }
    static let limitsSet = Figure("limits_set", "how many requests set limits; invalid ones are left out") {
        .init($0.ownLimits.of)
    }
    static let sla = Figure(
        "sla",
        "share answered within both --sla-cost and --sla-latency, of all requests but invalid ones"
    ) { .init($0.limits.value, places: 4) }
    static let slaRequests = Figure("sla_requests", "how many requests that is of") { .init($0.limits.of) }

    static let retention = Figure(
        "quality_retention",
        "share of answers whose quality is at least the best able model's: by feedback where given, else by the registry"
    ) { .init($0.retained.value, places: 4) }
    static let retentionTasks = Figure("quality_tasks", "how many answers that is of") { .init($0.retained.of) }
    static let judged = Figure("quality_judged", "those of them with feedback; the others' quality is an expectation") {
        .init($0.judged)
    }
    static let correctRate = Figure("correct_rate", "right answers / answers said to be right or wrong") {
        .init($0.correct.value, places: 4)
    }
    static let expectedQuality = Figure("expected_quality", "mean of the registry's quality over the answers") {
        .init($0.expectedQuality, places: 4)
    }
    static let qualities = [retention, retentionTasks, judged, correctRate, expectedQuality]
}

extension Saving {
    /// What was saved of what the other way would have cost; `nil` where that is nothing.
    var savedShare: Double? { otherCost == .zero ? nil : savedCost.dollars / otherCost.dollars }

    /// What was saved of what the other way would have emitted; `nil` where that is nothing.
    var savedCarbonShare: Double? { otherCarbon == .zero ? nil : savedCarbon.grams / otherCarbon.grams }
}
