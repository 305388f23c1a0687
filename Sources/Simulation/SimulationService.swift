public import Configuration
public import Reactor
internal import Server

/// The simulated backend as a process runs it: its loops and its listener.
public final class SimulationService: Sendable {
    private let loops: [EventLoop]
    private let server: HTTPServer
    private let deadEnds: [DeadEnd]
    /// An address that refuses connections, with its port, if the settings have one.
    public let refusingAddress: String?
    /// An address where connecting hangs, with its port, if the settings have one.
    public let hangingAddress: String?

    /// Starts `loopCount` loops for the models of `settings`; nothing listens yet, but for what refuses or hangs.
    ///
    /// - Throws: ``IOError`` if the kernel has no threads or descriptors left, or the address makes no sense.
    public init(_ settings: SimulationSettings, loopCount: Int) throws(IOError) {
        var loops: [EventLoop] = []
        for index in 0..<max(1, loopCount) { loops.append(try EventLoop(name: "simulation-\(index)")) }
        self.loops = loops
        let refusing = try settings.refusingAddress.map { (text) throws(IOError) in
            try DeadEnd(.refusing, address: SocketAddress(text))
        }
        let hanging = try settings.hangingAddress.map { (text) throws(IOError) in
            try DeadEnd(.hanging, address: SocketAddress(text))
        }
        deadEnds = [refusing, hanging].compactMap(\.self)
        refusingAddress = refusing?.address.description
        hangingAddress = hanging?.address.description
        server = HTTPServer(
            loops: loops,
            addresses: [try SocketAddress(settings.address)],
            limits: ServerLimits(),
            tls: nil,
            handler: SimulatedBackend(settings)
        )
    }

    /// Begins to listen, and tells on what, with the port that the kernel chose for 0.
    ///
    /// - Throws: ``IOError`` if the address is taken.
    public func start() async throws(IOError) -> [String] {
        try await server.start()
        return server.boundAddresses.map(\.description)
    }

    /// Ends the service: what is in flight may go on for `grace`.
    public func stop(grace: Duration) async {
        await server.drain(deadline: Instant.now.advanced(by: grace))
        for loop in loops { loop.stop() }
    }
}
