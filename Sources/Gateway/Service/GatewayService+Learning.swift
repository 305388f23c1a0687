internal import Accounting
internal import Domain
internal import Ledger
internal import Logging

/// What models' tokens are counted by where no provider tells: it outlives the process.
extension GatewayService {
    /// What earlier processes have learned, by model; blocks, so it is for the start.
    static func learned(
        by control: ControlStore
    ) throws(GatewayStartError) -> [ModelID: TokenCalibration.State] {
        do throws(ControlError) {
            return try control.learnedNow().reduce(into: [:]) { states, learned in
                states[learned.model] = TokenCalibration.State(
                    input: UInt64(clamping: learned.input),
                    output: UInt64(clamping: learned.output),
                    pace: UInt64(clamping: learned.pace)
                )
            }
        } catch {
            throw .ledger(reason: "\(error)")
        }
    }

    /// Keeps what was learned so far, for the next start; blocks.
    func keepLearned() {
        let models = policy.backends.map { backend in
            let state = backend.calibration.state
            return LearnedTokens(
                model: backend.model.id,
                input: Int64(clamping: state.input),
                output: Int64(clamping: state.output),
                pace: Int64(clamping: state.pace)
            )
        }
        do throws(ControlError) {
            try control.keepLearned(models)
        } catch {
            log.warning("how models' tokens go with bytes cannot be kept for the next start: \(error)")
        }
    }
}
