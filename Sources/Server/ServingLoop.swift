internal import Glibc
internal import HTTP
internal import Reactor
internal import Synchronization

/// A server's part on one loop: its listeners, its connections, and the buffers that they share.
///
/// Loop-confined but for `counters`. One buffer takes every read and every small answer is built in another: both are
/// used within one step of one task, so idle connections own no buffer.
final class ServingLoop {
    let loop: EventLoop
    let counters: LoopCounters
    let handler: any RequestHandler
    /// What the next read of any connection fills; its bytes are taken before anybody else can read.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 64)
    var limits: ServerLimits
    var tls: TLSContext?
    private(set) var isDraining = false
    /// In the order in which their requests came in.
    private var inFlight = InFlightList()

    private var listeners: [Listener] = []
    private var connections: [Connection] = []
    private var rejections = 0
    private var buffer: [UInt8] = []
    private var date = DateField()
    /// Those who wait for the last connection to close.
    private var drains: [Waiter] = []

    init(
        on loop: EventLoop,
        counters: LoopCounters,
        limits: ServerLimits,
        tls: TLSContext?,
        handler: any RequestHandler
    ) {
        self.loop = loop
        self.counters = counters
        self.limits = limits
        self.tls = tls
        self.handler = handler
    }

    deinit { scratch.deallocate() }

    // MARK: What connections share

    func dateLine() -> [UInt8] { date.line(at: loop.now) }

    /// An empty buffer with room, to be given back once it is sent.
    func takeBuffer() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        taken.removeAll(keepingCapacity: true)
        return taken
    }

    func giveBack(_ buffer: consuming [UInt8]) {
        if buffer.capacity <= 65_536 { self.buffer = buffer }
    }

    // MARK: Connections

    /// Listens on `address`, handing each connection to `accept`.
    func listen(
        on address: SocketAddress,
        accept: @escaping (Int32, SocketAddress?) -> Void
    ) throws(IOError) -> SocketAddress {
        let listener = try Listener(on: loop, address: address, accept: accept)
        listeners.append(listener)
        return listener.address
    }

    /// Serves a connection that is counted as open already; it owns the descriptor from now on.
    func serve(_ descriptor: Int32, peer: SocketAddress?) {
        counters.accepted.add(1)
        guard !isDraining, let socket = open(descriptor) else {
            if isDraining { close(descriptor) }
            counters.open.subtract(1, ordering: .relaxed)
            return
        }
        let connection = Connection(socket, peer: peer, serving: self)
        connection.place = connections.count
        connections.append(connection)
        connection.start()
    }

    /// Tells a client that there are too many others.
    func reject(_ descriptor: Int32) {
        counters.rejected.add(1)
        // A client of TLS would need a handshake to understand a word, and that is what there is no room for.
        guard tls == nil, rejections < 64 else {
            close(descriptor)
            return
        }
        guard let socket = open(descriptor) else { return }
        rejections += 1
        let bound = LoopBound((self, socket), to: loop)
        loop.start {
            let (serving, socket) = bound.value
            await serving.refuse(socket, status: 503, message: "the server has no room for another connection")
            socket.close()
            serving.rejections -= 1
        }
    }

    private func open(_ descriptor: Int32) -> Socket? {
        do throws(IOError) {
            let socket = try Socket(adopting: descriptor, on: loop)
            socket.limitUnsentBytes(limits.writeBufferBytesMax)
            return socket
        } catch {
            // The kernel watches as many descriptors as it can; this one is closed already.
            return nil
        }
    }

    func remove(_ connection: Connection) {
        counters.open.subtract(1, ordering: .relaxed)
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.place] = last
            last.place = connection.place
        }
        if connections.isEmpty { for drain in drains { drain.end(.ready) } }
    }

    // MARK: Requests in flight

    func begin(_ connection: Connection) {
        counters.requests.add(1)
        counters.inFlight.add(1)
        inFlight.append(connection)
        publishOldest()
    }

    func end(_ connection: Connection) {
        counters.inFlight.add(-1)
        inFlight.remove(connection)
        publishOldest()
    }

    private func publishOldest() { counters.oldest.set(inFlight.oldest?.nanoseconds ?? 0) }

    // MARK: Drain

    /// Takes no more connections, closes the idle ones, and waits for the others until `deadline`.
    ///
    /// Of several drains the earliest deadline counts, and each returns when all is closed.
    func drain(deadline: Instant) async {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
        for connection in connections { connection.closeIfIdle() }
        await waitUntilEmpty(deadline: deadline)
        for connection in connections { connection.abort() }
        // Their tasks have been cancelled and need but a moment; a handler that does not care is left behind.
        await waitUntilEmpty(deadline: Instant.now.advanced(by: .milliseconds(500)))
    }

    private func waitUntilEmpty(deadline: Instant) async {
        guard !connections.isEmpty else { return }
        let waiter = Waiter(on: loop)
        drains.append(waiter)
        _ = await waiter.wait(until: deadline)
        drains.removeAll { $0 === waiter }
    }
}
