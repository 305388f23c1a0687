public import Domain

extension Decision {
    /// The decision in one sentence for people; `catalogue` is the one that it was made with.
    public func explanation(in catalogue: Catalogue) -> String {
        guard let choice else { return refusal.map { explanation(of: $0, in: catalogue) } ?? "" }
        var text = "\(catalogue.models[choice].id) by \(strategy.rawValue): \(reason)"
        if !relaxed.isEmpty { text += "; relaxed \(relaxed.map(\.rawValue).joined(separator: ", "))" }
        if mustQueue { text += "; every suitable model is full" }
        return text
    }

    private func explanation(of refusal: Refusal, in catalogue: Catalogue) -> String {
        switch refusal {
        case .unserved: "no model serves this request: \(rejectionCounts)"
        case .unavailable: "no suitable model is available: \(rejectionCounts)"
        case .overBudget(let measure):
            "budgets have too little \(measure.rawValue) left for this request: \(rejectionCounts)"
        case .constrained(let bindings):
            "constraints cannot be met: \(bindings.map { $0.explanation(in: catalogue) }.joined(separator: "; "))"
        }
    }

    /// How many models were rejected for what: `3 capability_missing, 2 switched_off`.
    private var rejectionCounts: String {
        var counts: [(code: String, count: Int)] = []
        for candidate in candidates {
            guard let code = candidate.rejection?.code else { continue }
            if let index = counts.firstIndex(where: { $0.code == code }) {
                counts[index].count += 1
            } else {
                counts.append((code, 1))
            }
        }
        return counts.isEmpty
            ? "the catalogue is empty" : counts.map { "\($0.count) \($0.code)" }.joined(separator: ", ")
    }
}

extension BindingConstraint {
    /// For people: `max_cost_usd 0.0001: nearest is llama-2-70b with 0.00048, met by 0 of 5 models`.
    public func explanation(in catalogue: Catalogue) -> String {
        let model = catalogue.models[nearestIndex].id
        return "\(constraint.rawValue) \(limit): nearest is \(model) with \(nearest), "
            + "met by \(meetingCount) of \(suitableCount) models"
    }
}
