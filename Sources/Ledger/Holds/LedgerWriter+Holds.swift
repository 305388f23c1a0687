public import Domain

/// The journal of holds: what is held for requests under way survives a crash, and a restart books it.
extension LedgerWriter {
    /// Says what is held for a request, or what is held for it now.
    ///
    /// Does no I/O. The journal gets it with the next tick, if it is still open then.
    public func holdOpened(_ hold: HoldRow) { change { $0.open(hold) } }

    /// Says what is held for a request, and returns when that would survive a power cut: in the journal, or in the spill
    /// file where the database takes nothing.
    ///
    /// It also returns where neither file takes it, as ``recordDurably(_:)`` does.
    public func holdDurably(_ hold: HoldRow) async {
        await withCheckedContinuation { continuation in
            commit {
                $0.open(hold)
            } then: {
                continuation.resume()
            }
        }
    }

    /// Says that nothing is held any more for a request that leaves no row.
    ///
    /// ``record(_:)`` does so by itself, and takes the hold out of the journal in the transaction that writes the row.
    public func holdClosed(_ id: RequestID) { change { $0.close(id) } }

    /// Books the requests that died with an earlier process: each hold in the journal without a request row becomes one.
    ///
    /// To be called before the first request. What an earlier process spilled is written first, as the rows of some holds
    /// may be there.
    ///
    /// - Returns: The entries that were written, with ``Outcome/crashed``.
    /// - Throws: ``LedgerError/cannotRecover(reason:)``; the journal is as it was then.
    public func recoverHolds() async throws(LedgerError) -> [LedgerEntry] {
        let result: Result<[LedgerEntry], LedgerError> = await withCheckedContinuation { continuation in
            onQueue { continuation.resume(returning: self.recover()) }
        }
        return try result.get()
    }
}
