internal import Domain
internal import HTTP
internal import Routing

extension RequestRecord {
    /// The header lines of a whole answer: its id, the model, the decision, the cost, the attempts.
    func answerFields(contentType: [UInt8]) -> [UInt8] {
        var fields: [UInt8] = []
        fields.reserveCapacity(384)
        fields.append("content-type: ")
        // SDKs parse nothing that does not say what it is.
        if contentType.isEmpty { fields.append("application/json") } else { fields += contentType }
        fields.append("\r\n")
        appendCommon(to: &fields, cost: cost, attempts: attempts.count)
        return fields
    }

    /// The header lines of a stream; its cost is not known yet, so the header has the decision's expectation.
    ///
    /// `attempts` counts the one that is being answered: the record has it only once it is over.
    func streamFields(attempts: Int) -> [UInt8] {
        var fields: [UInt8] = []
        fields.reserveCapacity(512)
        fields.append("content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n")
        fields.append("x-accel-buffering: no\r\nx-switchyard-cost-basis: expected\r\n")
        let expected = decision.flatMap { decision in
            decision.choice.map { decision.candidates[$0].expectedCost }
        }
        appendCommon(to: &fields, cost: expected ?? .zero, attempts: attempts)
        return fields
    }

    private func appendCommon(to fields: inout [UInt8], cost: Money, attempts: Int) {
        fields.append("x-request-id: ")
        id.append(to: &fields)
        if let model = backend?.model {
            fields.append("\r\nx-switchyard-model: ")
            fields += model.id.rawValue.utf8
            if model.provider == .simulated { fields.append("\r\nx-switchyard-simulated: true") }
        }
        fields.append("\r\nx-switchyard-decision: ")
        appendDecision(to: &fields)
        fields.append("\r\nx-switchyard-cost-usd: ")
        cost.append(to: &fields)
        fields.append("\r\nx-switchyard-attempts: ")
        fields.appendDecimal(attempts)
        if isCacheHit { fields.append("\r\nx-switchyard-cache: hit") }
        fields.append("\r\n")
        fields += passedFields
    }

    /// Appends the decision in a word or two: the strategy, why, and among how many.
    private func appendDecision(to fields: inout [UInt8]) {
        guard let decision else { return fields.append(isCacheHit ? "cache" : "none") }
        fields += decision.strategy.rawValue.utf8
        fields.append("; ")
        fields += decision.reason.code.utf8
        fields.append("; candidates=")
        fields.appendDecimal(decision.candidates.count { $0.rejection == nil })
    }
}

extension Decision.Reason {
    /// The reason's name on the wire.
    var code: String {
        switch self {
        case .onlyCandidate: "only_candidate"
        case .bestScore: "best_score"
        case .turn: "turn"
        case .drawn: "drawn"
        case .votes: "votes"
        case .explored: "explored"
        case .refused: "refused"
        }
    }
}
