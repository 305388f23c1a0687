import Foundation
import Testing

/// Connections that take every place in a backend's backlog: the kernel answers no further SYN.
struct FullBacklog {
    private let descriptors: [Int32]

    /// Fills the backlog of a backend that accepts nothing.
    init(of backend: Backend) throws {
        descriptors = try (0..<4).map { _ in
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let descriptor = socket(AF_INET, type, 0)
            try #require(descriptor >= 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = backend.port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return descriptor
        }
    }

    func close() { for descriptor in descriptors { Glibc.close(descriptor) } }
}
