import Domain
import Ledger

/// What the ledger and the budget of one act say of its requests.
struct ChaosAccount: Sendable {
    /// The ledger's rows, with their attempts.
    var entries: [LedgerEntry] = []
    /// What its budget has counted as spent; `nil` if there is none.
    var spent: Money?
    /// What its budget still holds for attempts; `nil` likewise.
    var held: Money?
}

extension ChaosResult {
    /// The result with what the ledger says, and what is wrong with that or with the budget.
    func audited(by account: ChaosAccount) -> ChaosResult {
        var result = self
        let entries = account.entries
        guard entries.count == requests else {
            result.reasons.append("\(entries.count) rows in the ledger for \(requests) requests")
            return result
        }
        let billed = entries.reduce(Money.zero) { $0 + $1.request.cost }
        result.attempts = entries.reduce(0) { $0 + $1.attempts.count }
        result.billedUsd = billed.dollars
        if account.spent != billed {
            result.reasons.append(
                "the budget has spent $\(account.spent?.dollars ?? .nan), the ledger $\(billed.dollars)"
            )
        }
        if account.held != .zero { result.reasons.append("the budget still holds $\(account.held?.dollars ?? .nan)") }
        if let told = billedUsd, abs(told - billed.dollars) > 1e-9 {
            result.reasons.append("the client was told $\(told), the ledger has $\(billed.dollars)")
        }
        if !(0...ChaosStage.costMax(calls: calls, tokens: tokens)).contains(billed.dollars) {
            result.reasons.append("an absurd bill for \(calls) calls with \(tokens) tokens")
        }
        let isAnswer = got.hasPrefix("answer")
        if isAnswer, billed <= .zero { result.reasons.append("an answer that is not billed") }
        for entry in entries {
            let sum = entry.attempts.reduce(Money.zero) { $0 + $1.cost }
            if sum != entry.request.cost {
                result.reasons.append("the attempts' costs do not add up to the request's")
            }
            let outcome = entry.request.outcome
            if got == "nothing" ? outcome != .clientClosed : isAnswer != outcome.isSuccess {
                result.reasons.append("the ledger's outcome is \(outcome.rawValue)")
            }
        }
        return result
    }
}
