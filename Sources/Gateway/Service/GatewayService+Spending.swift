internal import Budgets
internal import Configuration
internal import Domain
internal import Ledger
internal import Logging
internal import Reactor
internal import Wire

extension GatewayService {
    /// Books the requests that an earlier process left unfinished, and learns what was spent of the budgets and how long answers are.
    ///
    /// Before the first request: from then on the accounts are kept in memory alone.
    func restoreSpending(_ configuration: GatewayConfiguration) async throws(GatewayStartError) {
        do throws(LedgerError) {
            let crashed = try await ledger.recoverHolds()
            if !crashed.isEmpty {
                log.warning(
                    "booked requests that died with an earlier process at what was held for them",
                    metadata: ["count": "\(crashed.count)"]
                )
            }
            let reader = try LedgerReader(at: configuration.ledgerLocation)
            try spending.restore(from: reader, now: WallClock.unixMilliseconds)
            try spending.learn(from: reader)
            try spending.leases?.start { [weak self] in self?.followOtherReplicas() }
        } catch {
            throw .ledger(reason: "\(error)")
        }
    }

    /// Puts other budgets and limits in force.
    func follow(_ rules: SpendControl.Rules, _ configuration: GatewayConfiguration) throws(GatewayStartError) {
        do throws(LedgerError) {
            let reader = try LedgerReader(at: configuration.ledgerLocation)
            try spending.replace(rules, reading: reader, now: WallClock.unixMilliseconds)
        } catch {
            throw .ledger(reason: "\(error)")
        }
    }
}

extension GatewayService {
    /// What is left of the rate limits of `payer`, whatever tags its requests have.
    func rateAllowance(of payer: Payer) -> RateAllowance {
        let limits = spending.limiter.limits(for: payer, tags: [])
        return spending.limiter.allowance(of: limits, now: spending.now)
    }

    /// Counts a request that no model answers against the rate limits of `payer`.
    func admit(_ payer: Payer) throws(APIError) {
        let limits = spending.limiter.limits(for: payer, tags: [])
        do throws(Throttling) {
            let ticket = try spending.limiter.admit(tokens: 0, by: limits, now: spending.now)
            spending.limiter.settle(ticket, tokens: 0, now: spending.now)
        } catch {
            throw error.response
        }
    }
}
