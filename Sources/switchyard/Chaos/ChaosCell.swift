/// One cell of the matrix: a fault, whether the answer is streamed, and what there is to recover with.
struct ChaosCell: Sendable {
    /// What there is to recover with.
    enum Recovery: String, CaseIterable, Sendable {
        /// A sound model beside the faulty one, which stays so.
        case fallback
        /// Nothing: the fault stays, and the model is alone.
        case none
        /// The model itself: only its first call fails, and it is alone.
        case once
        /// A model beside it that fails in the same way.
        case allDown = "all_down"
    }

    /// What the client should get.
    enum Expectation: Sendable {
        case answer
        case filtered
        case told(status: Int, code: String?)
        case error(statuses: Set<Int>)
        /// A stream that ends in an error event; an answer or an error, if the gateway had shown nothing yet.
        case brokenStream
    }

    let number: Int
    let fault: ChaosFault
    let streams: Bool
    let recovery: Recovery

    /// The faulty model, which no other cell uses: what one cell does to a model's health touches no other.
    var model: String { "cell-\(number)" }
    /// The one beside it.
    var spare: String { "cell-\(number)-spare" }
    var models: [String] { recovery == .fallback || recovery == .allDown ? [model, spare] : [model] }

    /// What goes wrong, as the request says it to the simulated backends.
    var script: String {
        guard case .script = fault.place else { return "\(model)=ok" }
        return switch recovery {
        case .once: "\(model)=\(fault.name)"
        case .allDown: "*=\(fault.name)*"
        case .fallback, .none: "\(model)=\(fault.name)*"
        }
    }

    var expectation: Expectation {
        switch fault.effect {
        case .harmless: return .answer
        case .filtered: return .filtered
        case .told(let status, let code): return .told(status: status, code: code)
        case .failureAfterContent where streams: return .brokenStream
        case .failure, .failureAfterContent:
            let canRecover = recovery == .fallback || recovery == .once && fault.isCurable
            return canRecover ? .answer : .error(statuses: fault.statuses)
        }
    }

    /// Every fault, whole and streamed, with each recovery that makes sense for it.
    static func matrix(of faults: [ChaosFault]) -> [ChaosCell] {
        var cells: [ChaosCell] = []
        for fault in faults {
            for streams in [false, true] {
                for recovery in fault.recoveries {
                    cells.append(
                        ChaosCell(number: cells.count + 1, fault: fault, streams: streams, recovery: recovery)
                    )
                }
            }
        }
        return cells
    }
}

extension ChaosFault {
    fileprivate var recoveries: [ChaosCell.Recovery] {
        switch effect {
        case .harmless, .told, .filtered: [.fallback, .none]
        case .failure, .failureAfterContent:
            switch (place, isCurable) {
            case (.address, _): [.fallback, .none, .allDown]
            case (.script, true): [.fallback, .none, .once, .allDown]
            case (.script, false): [.fallback, .none]
            }
        }
    }
}

/// What came of a cell.
struct ChaosResult: Codable, Sendable {
    /// The tag of its requests, which has a budget of its own.
    let tag: String
    let fault: String
    let streamed: Bool
    let recovery: String
    /// Requests that it made.
    var requests = 1
    /// What the client got.
    let got: String
    /// Attempts by the ledger; `nil` where rows are missing.
    var attempts: Int?
    /// Calls that reached a simulated backend.
    let calls: Int
    /// Tokens that it generated.
    var tokens = 0
    let milliseconds: Int
    /// What the client was told that it cost, if it was; once it is audited, what the ledger says.
    var billedUsd: Double?
    /// Requests in flight afterwards, at the gateway and at the backends.
    let leftInFlight: Int
    /// Why it does not pass; empty if it does.
    var reasons: [String]

    var passes: Bool { reasons.isEmpty }
}
