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
    /// The comparison, with prices and outlooks of `policy`; `nil` where no model could have answered.
    func compared(by policy: Policy) -> Comparison? {
        guard let decision else { return nil }
        let able = decision.candidates.filter { $0.rejection?.isOfAbility != true }
        // Ties go to the cheaper one.
        let best = able.max { ($0.quality, $1.expectedCost) < ($1.quality, $0.expectedCost) }
        guard let best else { return nil }
        // Of an answer that its client left, any model would have written as much.
        let answered = attempts.last { $0.outcome == .completed || $0.outcome == .clientClosed }
        let model = policy.catalogue.models[best.index]
        let router = policy.router
        let baseline = RequestRow.Baseline(
            model: model.id,
            quality: model.quality,
            cost: answered.map { model.prices.cost(of: $0.usage) },
            carbon: answered.map { $0.carbon(at: best.index, of: router) }
        )
        guard let answered, strategy != nil else { return Comparison(baseline: baseline, alternatives: []) }
        return Comparison(baseline: baseline, alternatives: Self.alternatives(able, answered, of: router))
    }

    private static func alternatives(_ able: [Candidate], _ answered: Attempt, of router: Router) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for candidate in able {
                let model = router.catalogue.models[candidate.index]
                writer.key(named: model.id.rawValue)
                writer.array { writer in
                    writer.value(model.quality)
                    writer.value(Int(model.prices.cost(of: answered.usage).nanodollars))
                    writer.value(Int(answered.carbon(at: candidate.index, of: router).micrograms))
                }
            }
        }
        return writer.bytes
    }
}

extension RequestRecord.Attempt {
    /// What the model at `index` would have emitted for the answer; what it did, where it is the one that answered.
    fileprivate func carbon(at index: Int, of router: Router) -> Carbon {
        if router.catalogue.models[index].id == backend.model.id { return carbon.central }
        return router.outlooks[index].rate.estimate(for: usage).central
    }
}

extension Rejection {
    /// Whether the model could not have answered at all, whatever its price, its load and the limits.
    fileprivate var isOfAbility: Bool {
        switch self {
        case .notAllowed, .endpointNotServed, .featureMissing, .capabilityMissing, .contextTooSmall, .outputTooLong,
            .switchedOff:
            true
        case .coolingDown, .overBudget, .constraintMissed, .tooLarge, .tooManyBits, .outsideQuota, .atCapacity:
            false
        }
    }
}
