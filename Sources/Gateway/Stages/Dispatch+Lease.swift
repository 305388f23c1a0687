internal import Budgets
internal import Domain
internal import Reactor
internal import Synchronization

/// The wait for a larger part of a budget that other replicas share.
extension Dispatch {
    /// How long a request waits for others to give up what they do not need: for two of their renewals.
    private static let leaseWaitMax = Duration.seconds(4)
    /// How often it looks whether they have.
    private static let leaseLook = Duration.milliseconds(20)

    /// Until when to wait before the model at `index` is tried again, because only this replica's part of a budget did not
    /// reach; `nil` where that is not why it failed.
    // Not inlined, as failures are large.
    @inline(never)
    func leaseIsShort(_ index: Int, _ record: RequestRecord) -> Instant? {
        guard case .overBudget(let shortfall)? = failure?.failure, shortfall.isElsewhere, record.isPatient,
            let leases = spending.leases
        else { return nil }
        let now = Instant.now
        let until = record.patientUntil ?? min(now.advanced(by: Self.leaseWaitMax), queueDeadline)
        record.patientUntil = until
        // The last time it takes what there is.
        record.isPatient = now < until
        record.shortModels.remove(index)
        record.headroom = nil
        untried.insert(index, at: 0)
        failure = nil
        leases.wake()
        return until
    }

    /// Returns after the next exchange with the other replicas, or at `until`.
    func awaitLease(until: Instant) async throws(GatewayError) {
        guard let turns = spending.leases?.turns.load(ordering: .relaxed) else { return }
        while Instant.now < until, spending.leases?.turns.load(ordering: .relaxed) == turns {
            do throws(IOError) {
                try await worker.loop.sleep(until: Instant.now.advanced(by: Self.leaseLook))
            } catch {
                throw .clientClosed
            }
        }
    }
}
