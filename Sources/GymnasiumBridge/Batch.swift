internal import Environment

/// What a handle of the C interface stands for: environments, and room for their actions.
///
/// Whoever holds the handle owns it, and calls from one thread at a time.
final class Batch {
    var environments: EnvironmentBatch
    private var actions: [Int]

    init(_ environments: EnvironmentBatch) {
        self.environments = environments
        actions = Array(repeating: 0, count: environments.count)
    }

    /// The batch of a handle, which keeps it.
    static func of(_ handle: UnsafeMutableRawPointer) -> Batch {
        Unmanaged<Batch>.fromOpaque(handle).takeUnretainedValue()
    }

    /// A handle, which keeps the batch until ``end(_:)``.
    var handle: UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    /// Lets go of a batch.
    static func end(_ handle: UnsafeMutableRawPointer) { Unmanaged<Batch>.fromOpaque(handle).release() }

    func step(_ chosen: UnsafePointer<Int64>) throws(EnvironmentError) {
        for index in actions.indices { actions[index] = Int(chosen[index]) }
        try environments.step(actions)
    }
}

/// Copies `text` with its end, cut to what there is room for.
func copy(_ text: String, to room: UnsafeMutablePointer<CChar>, size: Int32) {
    guard size > 0 else { return }
    let bytes = text.utf8.prefix(Int(size) - 1)
    for (index, byte) in bytes.enumerated() { room[index] = CChar(bitPattern: byte) }
    room[bytes.count] = 0
}
