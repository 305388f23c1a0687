internal import CLinux

/// Takes a descriptor's events; called on the loop's thread, between tasks.
public protocol ReadinessHandler: AnyObject {
    /// The descriptor became ready for some of what it was registered for.
    func ready(_ readiness: Readiness)
}

/// What a descriptor may be ready for: epoll's event bits.
public struct Readiness: OptionSet, Sendable {
    /// The `EPOLL…` bits.
    public let rawValue: UInt32

    /// The set of these `EPOLL…` bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// There are bytes or connections to take.
    public static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    /// There is room to write.
    public static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer will write no more.
    public static let readHangUp = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// Both directions are closed.
    public static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue)
    /// The descriptor failed.
    public static let failed = Readiness(rawValue: EPOLLERR.rawValue)
    /// Report changes, not states: one registration then lasts a connection's whole life.
    public static let edgeTriggered = Readiness(rawValue: EPOLLET.rawValue)

    /// What a connection is registered for, once.
    public static let connection: Readiness = [.readable, .writable, .readHangUp, .edgeTriggered]
}

/// One descriptor's place on a loop.
public struct Registration: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32

    var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// The handlers by slot; a generation per slot keeps an event for a closed descriptor from reaching its successor.
struct RegistrationTable {
    /// Never a slot's token: slots stay far below 2^32.
    static let wakeUpToken = UInt64.max

    private var handlers: [(handler: (any ReadinessHandler)?, generation: UInt32)] = []
    private var free: [UInt32] = []

    mutating func insert(_ handler: any ReadinessHandler) -> Registration {
        if let slot = free.popLast() {
            handlers[Int(slot)].handler = handler
            return Registration(slot: slot, generation: handlers[Int(slot)].generation)
        }
        handlers.append((handler, 0))
        return Registration(slot: UInt32(handlers.count - 1), generation: 0)
    }

    mutating func remove(_ registration: Registration) {
        let slot = Int(registration.slot)
        guard handlers[slot].generation == registration.generation else { return }
        handlers[slot].handler = nil
        handlers[slot].generation &+= 1
        free.append(registration.slot)
    }

    subscript(token: UInt64) -> (any ReadinessHandler)? {
        let slot = Int(UInt32(truncatingIfNeeded: token))
        guard slot < handlers.count, handlers[slot].generation == UInt32(token >> 32) else { return nil }
        return handlers[slot].handler
    }
}
