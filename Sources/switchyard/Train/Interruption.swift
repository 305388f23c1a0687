import Synchronization

/// Whether the person at the terminal has asked to stop: Ctrl-C, or a request to terminate.
final class Interruption: Sendable {
    private let wanted = Atomic(false)

    /// From here on signals are noted instead of ending the process.
    static func watch() async -> Interruption {
        let interruption = Interruption()
        let signals = await Signals.stream(of: [.interrupt, .terminate])
        // Lives as long as the process, as the signals do.
        Task.detached {
            for await _ in signals { interruption.wanted.store(true, ordering: .relaxed) }
        }
        return interruption
    }

    var isWanted: Bool { wanted.load(ordering: .relaxed) }
}
