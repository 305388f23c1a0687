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

    /// Has writes that cannot be made fail, rather than end the process: to a log whose reader has gone, or to a file that
    /// is at its limit. A service goes on without its log, and the ledger knows what to do about a full disk.
    static func ignoreFailedWrites() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Takes `signals` from now on, instead of their ending the process.
    static func stream(of signals: [Signal]) -> AsyncStream<Signal> {
        AsyncStream { continuation in
            for kind in signals {
                signal(kind.rawValue, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: kind.rawValue, queue: .global())
                // The handler holds its source, so that it lives as long as the process: signals never stop mattering.
                source.setEventHandler {
                    withExtendedLifetime(source) { _ = continuation.yield(kind) }
                }
                source.activate()
            }
        }
    }
}
