internal import Dispatch
internal import Ledger
internal import Logging
internal import Reactor
internal import Synchronization
internal import Tenancy
internal import Wire

/// What administration needs beside the policy: one change at a time, and questions to the ledger off the loops.
final class Administration: Sendable {
    let changes = Turnstile()
    /// Waits for the end of a window in which a budget was topped up.
    let lapse = Mutex<Task<Void, Never>?>(nil)
    private let reader: LedgerReader
    private let queue = DispatchQueue(label: "switchyard.administration")

    /// Opens the ledger for reading; a writer must have made it.
    init(ledger: LedgerLocation) throws(GatewayStartError) {
        do throws(LedgerError) {
            reader = try LedgerReader(at: ledger)
        } catch {
            throw .ledger(reason: "\(error)")
        }
    }

    /// Asks the ledger, one question after the other: a slow one must not keep both of the reader's connections.
    func ask<Value: Sendable>(
        _ question: @escaping @Sendable (LedgerReader) throws(LedgerError) -> Value
    ) async throws(APIError) -> Value {
        let result: Result<Value, LedgerError> = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Result { () throws(LedgerError) in try question(self.reader) })
            }
        }
        do throws(LedgerError) {
            return try result.get()
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

extension GatewayService {
    /// Changes what administration has set up, and puts the change in force before this returns.
    ///
    /// `plan` gets the policy in force, refuses what cannot be, and returns what there will be after the change; only if
    /// that makes sense as a whole is it `store`d. No other change comes between.
    func change<Value>(
        _ plan: (_ policy: Policy, _ next: inout ControlContents) throws(APIError) -> Value,
        _ store: (_ planned: Value, _ control: ControlStore) async throws(ControlError) -> Void
    ) async throws(APIError) -> Value {
        try await administration.changes.pass { () async throws(APIError) -> Value in
            let policy = policy
            var next = policy.stored
            let value = try plan(policy, &next)
            do throws(GatewayStartError) {
                try await check(next)
            } catch {
                throw .conflict("contradiction", "\(error)")
            }
            do throws(ControlError) {
                try await store(value, control)
            } catch {
                throw error.response
            }
            do throws(GatewayStartError) {
                try await refresh()
            } catch {
                throw .unavailable("the change is stored, and not in force yet: \(error)")
            }
            return value
        }
    }
}

extension GatewayService {
    /// Has the caps of budgets fall back when the windows are over in which they were topped up.
    func awaitLapse(of policy: Policy) {
        administration.lapse.withLock { task in
            task?.cancel()
            task = policy.rules.lapsesAt.map { instant in
                Task {
                    do {
                        try await Task.sleep(for: .milliseconds(max(instant - WallClock.unixMilliseconds, 0) + 1))
                        try await self.refresh()
                    } catch is CancellationError {
                        return
                    } catch {
                        self.log.error("budgets keep the caps of a window that is over: \(error)")
                    }
                }
            }
        }
    }
}
