public import Reactor
internal import Synchronization

/// An HTTP/1.1 server on several loops.
///
/// Once started it lives until it is drained, whoever holds it.
///
/// Every loop listens on every TCP address (SO_REUSEPORT) and the kernel deals connections out by hash; a loop that has
/// got many more than another hands new ones over. A Unix socket is listened on by the first loop alone, which deals.
public final class HTTPServer: Sendable {
    private let addresses: [SocketAddress]
    private let parts: [Part]
    private let bound = Mutex<[SocketAddress]>([])

    /// One loop's part, and its counters, which other threads may read.
    private struct Part: Sendable {
        let serving: LoopBound<ServingLoop>
        let counters: LoopCounters

        var loop: EventLoop { serving.loop }
        var openCount: Int { counters.open.load(ordering: .sequentiallyConsistent) }
    }

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - loops: At least one.
    ///   - addresses: What to listen on; port 0 takes one that is free.
    ///   - limits: See ``ServerLimits``.
    ///   - tls: Makes all of it HTTPS.
    ///   - handler: Answers.
    public init(
        loops: [EventLoop],
        addresses: [SocketAddress],
        limits: ServerLimits,
        tls: TLSContext?,
        handler: any RequestHandler
    ) {
        precondition(!loops.isEmpty, "a server runs on at least one loop")
        self.addresses = addresses
        parts = loops.map { loop in
            let counters = LoopCounters()
            let serving = ServingLoop(on: loop, counters: counters, limits: limits, tls: tls, handler: handler)
            return Part(serving: LoopBound(serving, to: loop), counters: counters)
        }
    }

    /// What the server listens on, with the ports that the kernel chose; empty before ``start()``.
    public var boundAddresses: [SocketAddress] { bound.withLock { $0 } }

    /// What it has done and is doing; cheap, from any thread.
    public var metrics: ServerMetrics {
        parts.reduce(into: ServerMetrics()) { $1.counters.add(to: &$0) }
    }

    /// Listens on all addresses, or on none.
    ///
    /// - Throws: ``IOError`` that names the address.
    public func start() async throws(IOError) {
        for address in addresses {
            do throws(IOError) {
                try await listen(on: address)
            } catch {
                await drain(deadline: .now)
                throw error
            }
        }
    }

    /// Shows new connections another certificate.
    public func replaceTLS(_ tls: TLSContext) {
        for part in parts { part.serving.run { if $0.tls != nil { $0.tls = tls } } }
    }

    /// Sets other limits: they hold for each connection that comes, and of durations for each wait that begins.
    public func replaceLimits(_ limits: ServerLimits) {
        for part in parts { part.serving.run { $0.limits = limits } }
    }

    /// Ends the service: accepts no more, closes idle connections, lets requests in flight finish until `deadline`, each
    /// answered with `connection: close`, and resets what is left then.
    ///
    /// It may be called again meanwhile and afterwards, and returns when all is closed each time.
    public func drain(deadline: Instant) async {
        await withTaskGroup(of: Void.self) { group in
            for part in parts {
                group.addTask(executorPreference: part.loop) { await part.serving.value.drain(deadline: deadline) }
            }
        }
    }

    // MARK: Listening

    private func listen(on address: SocketAddress) async throws(IOError) {
        try Listener.checkUnused(address)
        var address = address
        let isUnix = if case .unix = address { true } else { false }
        for index in isUnix ? parts.indices.prefix(1) : parts.indices[...] {
            let wanted = address
            let part = parts[index]
            let result = await part.loop.perform {
                Result { () throws(IOError) in
                    try part.serving.value.listen(on: wanted) { descriptor, peer in
                        self.deal(descriptor, peer: peer, acceptedOn: index)
                    }
                }
            }
            // Where the first loop took any free port, the others take the same one.
            address = try result.get()
        }
        bound.withLock { $0.append(address) }
    }

    /// Gives an accepted connection to a loop, on the loop that accepted it.
    private func deal(_ descriptor: Int32, peer: SocketAddress?, acceptedOn index: Int) {
        let accepting = parts[index]
        let open = parts.map(\.openCount)
        // The kernel's hash is fair among many; among few, one loop would often get most of the work.
        let idlest = open.indices.min { open[$0] < open[$1] } ?? index
        let part = open[index] > open[idlest] + 4 ? parts[idlest] : accepting
        // Counted before it is looked at, so that two loops never share the last place; at worst neither gets it.
        part.counters.open.add(1, ordering: .sequentiallyConsistent)
        guard parts.reduce(0, { $0 + $1.openCount }) <= accepting.serving.value.limits.connectionsMax else {
            part.counters.open.subtract(1, ordering: .relaxed)
            return accepting.serving.value.reject(descriptor)
        }
        part.serving.run { $0.serve(descriptor, peer: peer) }
    }
}
