import Learning

/// Saves a training from time to time: whatever ends the process, a kill or a power failure, costs no more than that.
struct CheckpointSaving {
    private let path: String
    private let interval: Duration
    private var savedAt = ContinuousClock.now
    /// A disk that is full is told of once; training goes on.
    private var hasFailed = false

    init(_ options: HeadOptions) {
        path = options.checkpointPath
        interval = .seconds(options.checkpointSeconds)
    }

    /// Writes what `checkpoint` makes if the last time is long enough ago.
    mutating func saveIfDue(_ checkpoint: () -> TrainingCheckpoint?) {
        guard savedAt.duration(to: .now) >= interval else { return }
        do throws(TrainingError) {
            try checkpoint()?.write(to: path)
        } catch {
            if !hasFailed { Console.error("no checkpoint can be saved: \(error.message)") }
            hasFailed = true
        }
        // Counted from its end, so that a slow disk does not take all of the time.
        savedAt = .now
    }
}
