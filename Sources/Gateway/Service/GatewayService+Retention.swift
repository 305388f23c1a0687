internal import Configuration
internal import Ledger
internal import Logging
internal import Reactor

extension GatewayService {
    /// Deletes, at once and then hourly, what the ledger has kept for longer than `ledger.retention_days` and
    /// `ledger.evidence_days`, and keeps what was learned; until cancelled.
    func keepToRetention() async {
        while true {
            let days = policy.settings.ledger.retentionDays
            if days > 0 { await deleteRequests(olderThanDays: days) }
            await deleteEvidence()
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                return
            }
            keepLearned()
            if ledger.replica != nil { await bookOrphans() }
        }
    }

    /// Books what replicas held that went long ago, and that no process with their spill file came for.
    private func bookOrphans() async {
        do throws(LedgerError) {
            let count = try await ledger.recoverHolds().count
            if count > 0 { log.warning("booked \(count) requests that died with other replicas at what they held") }
        } catch {
            log.error("\(error)")
        }
    }

    /// Deletes what was kept of prompts for longer than the settings say, or of more requests.
    private func deleteEvidence() async {
        let settings = policy.settings.ledger
        let age = Int64(settings.evidenceDays) * 86_400_000
        do throws(LedgerError) {
            let count = try await ledger.pruneEvidence(
                before: age > 0 ? WallClock.unixMilliseconds - age : 0,
                requestsMax: settings.evidenceRequestsMax,
                rowsPerTransaction: 1000
            )
            if count > 0 { log.info("deleted what was kept of \(count) prompts") }
        } catch {
            log.error("\(error)")
        }
    }

    private func deleteRequests(olderThanDays days: Int) async {
        let limit = WallClock.unixMilliseconds - Int64(days) * 86_400_000
        do throws(LedgerError) {
            // Small transactions: the rows of requests that go on are written in between.
            let count = try await ledger.prune(before: limit, rowsPerTransaction: 1000)
            if count > 0 { log.info("deleted \(count) requests that the ledger kept for more than \(days) days") }
        } catch {
            log.error("\(error)")
        }
    }
}
