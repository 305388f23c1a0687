internal import Accounting
internal import Domain
internal import HTTP
internal import Ledger
internal import Routing

/// What a request is measured against: the other models that could have answered it, at the tokens of its answer.
struct Comparison: Sendable {
    /// The best of them.
    let baseline: RequestRow.Baseline
    /// All of them, as the ledger keeps them; empty where the client named its model or got no answer.
    let alternatives: [UInt8]
}

extension RequestRecord {
    /// The comparison, with prices and profiles of `catalogue`; `nil` where no model could have answered.
    func compared(in catalogue: Catalogue) -> Comparison? {
        guard let decision else { return nil }
        let able = decision.candidates.filter { $0.rejection?.isOfAbility != true }
        // Ties go to the cheaper one.
        let best = able.max { ($0.quality, $1.expectedCost) < ($1.quality, $0.expectedCost) }
        guard let best else { return nil }
        // Of an answer that its client left, any model would have written as much.
        let usage = attempts.last { $0.outcome == .completed || $0.outcome == .clientClosed }?.usage
        let model = catalogue.models[best.index]
        let baseline = RequestRow.Baseline(
            model: model.id,
            quality: model.quality,
            cost: usage.map { model.prices.cost(of: $0) },
            carbon: usage.map { CarbonRate(model.energy).estimate(for: $0).central }
        )
        guard let usage, strategy != nil else { return Comparison(baseline: baseline, alternatives: []) }
        return Comparison(baseline: baseline, alternatives: Self.alternatives(able, usage, in: catalogue))
    }

    private static func alternatives(_ able: [Candidate], _ usage: TokenUsage, in catalogue: Catalogue) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for candidate in able {
                let model = catalogue.models[candidate.index]
                writer.key(named: model.id.rawValue)
                writer.array { writer in
                    writer.value(model.quality)
                    writer.value(Int(model.prices.cost(of: usage).nanodollars))
                    writer.value(Int(CarbonRate(model.energy).estimate(for: usage).central.micrograms))
                }
            }
        }
        return writer.bytes
    }
}

extension Rejection {
    /// Whether the model could not have answered at all, whatever its price, its load and the limits.
    fileprivate var isOfAbility: Bool {
        switch self {
        case .notAllowed, .endpointNotServed, .featureMissing, .capabilityMissing, .contextTooSmall, .outputTooLong,
            .switchedOff:
            true
        case .coolingDown, .overBudget, .constraintMissed, .atCapacity: false
        }
    }
}
