internal import HTTP
internal import Reactor

/// One client's connection: one task on one loop that reads a request, has it answered, and goes on to the next.
///
/// States: idle (no byte of a request is there) → receiving head → receiving body → handling → idle; closed from any.
final class Connection {
    private enum State {
        case idle, receivingHead, receivingBody, handling
    }

    /// What ends a connection while a request is being read.
    private enum Interruption: Error {
        /// The client has to be told what is wrong.
        case refused(HTTPError)
        /// The connection failed, or a deadline passed.
        case failed(IOError)
        /// The client closed it, between two requests.
        case ended
    }

    let exchange: Exchange
    /// Its index among its loop's connections.
    var place = 0
    // Neighbours among the requests in flight: each is in that list only while its own task, which holds it, runs.
    unowned(unsafe) var earlier: Connection?
    unowned(unsafe) var later: Connection?

    private let socket: Socket
    private let serving: ServingLoop
    private var state = State.idle
    /// When the present state began, by which waits for bytes are measured.
    private var stateBegan: Instant
    private var task: Task<Void, Never>?
    private var isAbandoned = false
    /// Requests since the last read.
    private var requestsOfRead = 0

    init(_ socket: Socket, peer: SocketAddress?, serving: ServingLoop) {
        self.socket = socket
        self.serving = serving
        stateBegan = serving.loop.now
        exchange = Exchange(socket: socket, peer: peer, serving: serving)
    }

    func start() {
        socket.onHangUp = { [unowned self] in hangUp() }
        let bound = LoopBound((self, serving), to: serving.loop)
        task = serving.loop.start {
            let (connection, serving) = bound.value
            await connection.run()
            connection.socket.close()
            serving.remove(connection)
        }
    }

    /// Closes it unless a request is on its way or being handled.
    func closeIfIdle() {
        if state == .idle { socket.close() }
    }

    /// Ends it, whatever it is doing.
    func abort() {
        task?.cancel()
        exchange.abort()
    }

    /// The client closed its side, or the connection failed: called in the turn in which the kernel says so.
    ///
    /// One that comes while the handler works is what a client that gives up looks like.
    private func hangUp() {
        if socket.hasFailed || serving.limits.halfClose == .cancel { abandon() }
    }

    /// Stops a request whose FIN came before its handler was called, unless that is done soon: such a client may wait for
    /// its answer, or have gone while others kept this loop busy, and only a write would tell.
    private func stopUnlessDoneSoon() -> Timer? {
        guard socket.hasHungUp, serving.limits.halfClose == .cancel else { return nil }
        let timer = Timer(on: serving.loop) { [unowned self] in abandon() }
        timer.arm(at: serving.loop.now.advanced(by: serving.limits.halfClosedDurationMax))
        return timer
    }

    private func abandon() {
        guard state == .handling, !isAbandoned else { return }
        isAbandoned = true
        serving.counters.abandoned.add(1)
        task?.cancel()
    }

    private func run() async {
        guard await secure() else { return }
        do throws(Interruption) {
            repeat { try await receive() } while await handle()
        } catch {
            await tell(error)
        }
    }

    private func secure() async -> Bool {
        guard let tls = serving.tls else { return true }
        do throws(IOError) {
            try await socket.startTLS(tls, deadline: serving.deadline(after: serving.limits.headDurationMax))
            return true
        } catch {
            serving.counters.count(.handshake)
            return false
        }
    }

    // MARK: Receiving

    /// Reads until a request is there as a whole.
    private func receive() async throws(Interruption) {
        enter(.idle)
        var progress: RequestReader.Progress
        do throws(HTTPError) { progress = try exchange.reader.startNext() } catch { throw .refused(error) }
        if progress != .head || exchange.reader.hasPending { startReceiving() }
        while progress != .complete {
            if progress == .body, state != .receivingBody {
                enter(.receivingBody)
                try await askForBody()
            }
            progress = try await read() ?? progress
        }
    }

    private func enter(_ state: State) {
        self.state = state
        stateBegan = serving.loop.now
    }

    private func startReceiving() {
        enter(.receivingHead)
        exchange.receivedAt = stateBegan
    }

    private func askForBody() async throws(Interruption) {
        guard exchange.reader.awaitsContinue else { return }
        do throws(IOError) { try await exchange.sendContinue() } catch { throw .failed(error) }
    }

    /// Reads once, or waits until that is possible; `nil` after a wait.
    private func read() async throws(Interruption) -> RequestReader.Progress? {
        let transfer: Socket.Transfer
        do throws(IOError) { transfer = try socket.read(into: serving.scratch) } catch { throw .failed(error) }
        switch transfer {
        case .bytes(let count):
            // Taken before anything here waits: the next connection reads into the same buffer.
            if state == .idle { startReceiving() }
            requestsOfRead = 0
            serving.counters.bytesIn.add(count)
            do throws(HTTPError) {
                return try exchange.reader.take(UnsafeRawBufferPointer(rebasing: serving.scratch[..<count]))
            } catch {
                throw .refused(error)
            }
        case .wouldBlock:
            let deadline = stateBegan.advanced(by: patience)
            do throws(IOError) {
                // Whoever cancels this task outside of a handler closes the socket too, which ends the wait as well.
                try await socket.waitUntilReadable(deadline: deadline, ignoringCancellation: true)
            } catch {
                throw .failed(error)
            }
            return nil
        case .end:
            throw state == .idle ? .ended : .refused(.truncated)
        }
    }

    private var patience: Duration {
        switch state {
        case .idle, .handling: serving.limits.idleDurationMax
        case .receivingHead: serving.limits.headDurationMax
        case .receivingBody: serving.limits.bodyDurationMax
        }
    }

    private func tell(_ interruption: Interruption) async {
        switch interruption {
        case .refused(let error): await serving.refuse(socket, status: error.status, message: error.message)
        case .failed(.timedOut) where state != .idle:
            await serving.refuse(socket, status: 408, message: "the request did not come in time")
        case .failed, .ended: break
        }
    }

    // MARK: Handling

    /// Has the request answered; whether the connection goes on.
    private func handle() async -> Bool {
        guard !socket.hasFailed else { return false }
        requestsOfRead += 1
        exchange.reset(keepsAlive: requestsOfRead <= serving.limits.pipelinedRequestsMax)
        state = .handling
        serving.begin(self)
        let farewell = stopUnlessDoneSoon()
        await serving.handler.respond(to: exchange)
        farewell?.disarm()
        serving.end(self)
        switch exchange.answer {
        case .complete: break
        case .none where !isAbandoned && !Task.isCancelled: await serving.answerForHandler(exchange)
        case .none, .streaming: exchange.abort()
        case .broken: return false
        }
        guard !isAbandoned, !Task.isCancelled, !exchange.isBroken else { return false }
        if exchange.keepsAlive, !serving.isDraining { return true }
        await serving.linger(socket, isExpectingMore: exchange.reader.hasPending)
        return false
    }
}
