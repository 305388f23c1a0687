import Dispatch
import Foundation

/// The signals that a service answers to, as a sequence.
enum Signals {
    /// One of them.
    enum Signal: Int32, CaseIterable, Sendable {
        case hangUp = 1
        case interrupt = 2
        case terminate = 15
    }

    /// Has writes that cannot be made fail, rather than end the process.
    ///
    /// They are those to a log whose reader has gone, or to a file that is at its limit. A service goes on without its
    /// log, and the ledger knows what to do about a full disk.
    static func ignoreFailedWrites() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Takes `signals`, instead of their ending the process; from its return on, none is missed.
    static func stream(of signals: [Signal]) async -> AsyncStream<Signal> {
        let (stream, continuation) = AsyncStream<Signal>.makeStream()
        for kind in signals { await take(kind) { continuation.yield(kind) } }
        return stream
    }

    private static func take(_ signal: Signal, _ handler: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { registered in
            let source = DispatchSource.makeSignalSource(signal: signal.rawValue, queue: .global())
            source.setRegistrationHandler { registered.resume() }
            // The handler holds its source, so that it lives as long as the process: signals never stop mattering.
            source.setEventHandler { withExtendedLifetime(source, handler) }
            source.activate()
        }
    }
}
