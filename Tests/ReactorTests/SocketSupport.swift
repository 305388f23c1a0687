import Glibc
import Testing

@testable import Reactor

/// Two connected Unix sockets: the first non-blocking, for a loop, the second blocking, for the test.
func makeSocketPair() throws -> (Int32, Int32) {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    try #require(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0)
    return (pair[0], pair[1])
}

/// Sends on a blocking descriptor.
func sendAll(_ bytes: [UInt8], to descriptor: Int32) {
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        sent += count
    }
}

extension Socket {
    /// What comes next, waiting for it; empty at the end.
    func readSome(deadline: Instant) async throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            switch try bytes.withUnsafeMutableBytes({ try read(into: $0) }) {
            case .bytes(let count): return Array(bytes.prefix(count))
            case .wouldBlock: try await waitUntilReadable(deadline: deadline)
            case .end: return []
            }
        }
    }

    /// Everything up to the end.
    func readToEnd(deadline: Instant) async throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let some = try await readSome(deadline: deadline)
            if some.isEmpty { return all }
            all += some
        }
    }

    /// Writes everything, waiting for room.
    func writeAll(_ bytes: [UInt8], deadline: Instant) async throws {
        var sent = 0
        while sent < bytes.count {
            let transfer = try bytes.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            if case .bytes(let count) = transfer {
                sent += count
            } else {
                try await waitUntilWritable(deadline: deadline)
            }
        }
    }
}

extension Instant {
    /// Long enough for any machine; a test that waits for it has failed.
    static var patience: Instant { Instant.now.advanced(by: .seconds(60)) }
}
