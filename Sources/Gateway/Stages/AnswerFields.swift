internal import Accounting
internal import Domain
internal import HTTP
internal import Reactor
internal import Routing

extension RequestRecord {
    /// The header lines of an answer that no request for a model came to: one refused before it was whole, or one about
    /// the gateway itself.
    static func fieldsWithoutModel(id: RequestID) -> [UInt8] {
        let record = RequestRecord(id: id, receivedAt: .now, endpoint: .chat, priceVersion: "")
        record.isSettled = true
        var fields: [UInt8] = []
        record.appendCommon(to: &fields)
        return fields
    }

    /// The header lines of a settled answer: its id, the model, the decision, the cost, the attempts.
    func answerFields(contentType: [UInt8]) -> [UInt8] {
        var fields: [UInt8] = []
        fields.reserveCapacity(384)
        fields.append("content-type: ")
        // SDKs parse nothing that does not say what it is.
        if contentType.isEmpty { fields.append("application/json") } else { fields += contentType }
        fields.append("\r\n")
        appendCommon(to: &fields)
        return fields
    }

    /// The header lines of a stream.
    ///
    /// Unless all of it is there already, its cost is known only at its end: the header says what is expected, and that
    /// it is no more than that, and ``costComment`` follows.
    var streamFields: [UInt8] {
        var fields: [UInt8] = []
        fields.reserveCapacity(512)
        fields.append("content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n")
        fields.append("x-accel-buffering: no\r\n")
        if !isSettled { fields.append("x-switchyard-cost-basis: expected\r\n") }
        if isResumable { fields.append("x-switchyard-resumable: true\r\n") }
        appendCommon(to: &fields)
        return fields
    }

    /// What a stream cost and emitted, as comments before its last event: clients skip it, people and programs that look find it.
    var costComment: [UInt8] {
        var comment: [UInt8] = []
        comment.append(": ")
        appendCarbon(carbon, separator: "\n: ", to: &comment)
        comment.append("\n\n: x-switchyard-cost-usd: ")
        cost.append(to: &comment)
        comment.append("\n\n")
        return comment
    }

    private func appendCommon(to fields: inout [UInt8]) {
        fields.append("x-request-id: ")
        id.append(to: &fields)
        fields.append("\r\nx-switchyard-model: ")
        if let model = (backend ?? chosen)?.model {
            fields += model.id.rawValue.utf8
            if model.provider == .simulated { fields.append("\r\nx-switchyard-simulated: true") }
        } else {
            fields.append("none")
        }
        fields.append("\r\nx-switchyard-decision: ")
        appendDecision(to: &fields)
        fields.append("\r\nx-switchyard-cost-usd: ")
        (isSettled ? cost : expectedCost).append(to: &fields)
        fields.append("\r\n")
        appendCarbon(isSettled ? carbon : expectedCarbon, separator: "\r\n", to: &fields)
        fields.append("\r\nx-switchyard-attempts: ")
        fields.appendDecimal(attempts.count + underWay)
        if let cascade {
            fields.append("\r\nx-switchyard-cascade: ")
            fields += cascade.text.utf8
        }
        if let placement {
            fields.append("\r\nx-switchyard-quota: ")
            fields += "\(placement.group); tier=\(placement.tier); plan=\(placement.plan)".utf8
        }
        if isHedged { fields.append("\r\nx-switchyard-hedged: true") }
        switch sharedBy {
        case nil: break
        case .cache: fields.append("\r\nx-switchyard-cache: hit")
        case .coalesced: fields.append("\r\nx-switchyard-cache: coalesced")
        }
        fields.append("\r\n")
        if let rates { rates.append(to: &fields) }
        fields += passedFields
    }

    /// Appends the grams, and between what and what they lie by whose word.
    private func appendCarbon(_ carbon: CarbonEstimate, separator: StaticString, to fields: inout [UInt8]) {
        fields.append("x-switchyard-carbon-g: ")
        carbon.central.appendGrams(to: &fields)
        fields.append(separator)
        fields.append("x-switchyard-carbon-interval-g: ")
        carbon.low.appendGrams(to: &fields)
        fields.append("-")
        carbon.high.appendGrams(to: &fields)
        fields.append("; ")
        fields += carbon.provenance.rawValue.utf8
    }

    /// Appends the decision in a word or two: the strategy, why, and among how many.
    private func appendDecision(to fields: inout [UInt8]) {
        guard let decision else {
            fields += (sharedBy?.rawValue ?? "none").utf8
            return
        }
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
        case .preferred: "preferred"
        case .votes: "votes"
        case .explored: "explored"
        case .refused: "refused"
        }
    }
}
