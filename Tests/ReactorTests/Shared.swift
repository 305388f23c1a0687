import Synchronization

/// A value that any thread reads and changes.
final class Shared<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) { storage = Mutex(value) }

    var value: Value { storage.withLock { $0 } }

    func update(_ change: @Sendable (inout Value) -> Void) { storage.withLock { change(&$0) } }
}
