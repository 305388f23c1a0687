internal import Glibc

/// A TCP address at which no connection is ever made: for tests and simulations of backends that are down.
public final class DeadEnd: Sendable {
    /// How it keeps connections from being made.
    public enum Kind: Hashable, Sendable {
        /// The kernel refuses them: the port is bound, and nobody listens.
        case refusing
        /// They hang: the only place in the backlog is taken, so the kernel drops whoever knocks (Linux).
        case hanging
    }

    /// The address, with the port that the kernel chose where 0 was asked for.
    public let address: SocketAddress
    private let descriptors: [Int32]

    /// Takes `address`, and gives it back with the last reference.
    ///
    /// - Throws: ``IOError`` if the address is taken or not this machine's.
    public init(_ kind: Kind, address: SocketAddress) throws(IOError) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let bound = socket(address.family, type, 0)
        guard bound >= 0 else { throw .system("socket", errno) }
        do throws(IOError) {
            self.address = try Listener.take(bound, at: address, backlog: kind == .hanging ? 0 : nil)
        } catch {
            Glibc.close(bound)
            throw error
        }
        guard kind == .hanging else { descriptors = [bound]; return }
        // A backlog of 0 has one place; the second one that knocks makes sure that it is taken.
        let knocking = (0..<2).map { _ in socket(address.family, type, 0) }.filter { $0 >= 0 }
        for descriptor in knocking { self.address.withSockaddr { _ = connect(descriptor, $0, $1) } }
        descriptors = [bound] + knocking
    }

    deinit {
        for descriptor in descriptors { Glibc.close(descriptor) }
    }
}
