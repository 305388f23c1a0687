internal import HTTP
internal import Reactor

/// One request and its response on one HTTP/1.1 connection; loop-confined, driven by the task that awaits it.
///
/// States: sending and waiting for the head (both at once, so that a response to half a request is not lost) → reading
/// the body → complete, when the connection goes back to its pool, or closed. Nothing is read from the socket unless
/// somebody asks for it.
final class HTTP1Exchange {
    private let connection: Connection
    private let scratch: ReceiveBuffer
    private let settings: UpstreamSettings
    private var deadlines: AttemptDeadlines
    private let loop: EventLoop

    private var outgoing: Outgoing
    private var answer: HTTP1Answer
    /// Why nothing more can be read.
    private var failure: UpstreamError?
    /// Who gets the body piece by piece, until it wants no more; and the piece.
    private var take: (([UInt8]) -> Bool)?
    private var piece: [UInt8] = []
    /// Whether nobody reads the body any more, and its end is waited for.
    private var isFinishing = false

    /// Whether the request may go out again on a fresh connection, in the slot of this one.
    private(set) var wasStale = false
    private(set) var timings: UpstreamTimings
    var head: ResponseHead { answer.head }
    /// When the last byte of the request went out; `nil` if it has not.
    var requestSentAt: Instant? { outgoing.isEmpty && !outgoing.isCut ? outgoing.lastSent : nil }

    @inline(never)
    init(
        _ request: UpstreamRequest,
        on connection: Connection,
        scratch: ReceiveBuffer,
        settings: UpstreamSettings,
        deadlines: AttemptDeadlines,
        timings: UpstreamTimings,
        loop: EventLoop
    ) {
        self.connection = connection
        self.scratch = scratch
        self.settings = settings
        self.deadlines = deadlines
        self.loop = loop
        outgoing = Outgoing(request)
        answer = HTTP1Answer(toHEAD: request.method == .head, settings: settings)
        self.timings = timings
        self.timings.sentAt = outgoing.lastSent
        self.timings.isReused = connection.isReused
    }

    // MARK: Request and head

    /// Sends the request and returns once the head of its response is there.
    func start() async throws(UpstreamError) {
        do throws(UpstreamError) {
            while true {
                outgoing.flush(on: connection, at: loop.now)
                if try receiveHead() { return }
                let limit = outgoing.isEmpty ? deadlines.firstByte : deadlines.betweenBytes
                try await wait(atMost: limit, since: outgoing.lastSent) {
                    outgoing.isEmpty ? .firstByteTimedOut(after: $0) : .stalled(after: $0)
                }
            }
        } catch {
            fail(error)
            throw error
        }
    }

    /// Reads until the head is whole, or nothing is left to read.
    private func receiveHead() throws(UpstreamError) -> Bool {
        while connection.isReadable {
            switch connection.receive(into: scratch.bytes) {
            case .bytes(let count):
                if timings.firstByteAt == nil { timings.firstByteAt = loop.now }
                if try takeHead(scratch.bytes[..<count]) { return true }
            case .wouldBlock:
                return false
            case .end, .broken:
                guard timings.firstByteAt == nil else { throw .truncated }
                throw outgoing.failure.map { .sendFailed(reason: $0) } ?? .closedBeforeResponse
            }
        }
        return false
    }

    private func takeHead(_ bytes: Slice<UnsafeMutableRawBufferPointer>) throws(UpstreamError) -> Bool {
        do throws(HTTPError) {
            guard try answer.takeHead(UnsafeRawBufferPointer(rebasing: bytes)) else { return false }
        } catch {
            throw UpstreamError(error)
        }
        // A refusal while the body is still on its way: the backend wants no more of it.
        if !outgoing.isEmpty, answer.head.status >= 300 || !answer.head.keepsAlive { outgoing.cut() }
        noteBody()
        return true
    }

    // MARK: Body

    /// Appends what has come of the body; waits for at least one byte, `false` at the end.
    func read(into buffer: inout [UInt8]) async throws(UpstreamError) -> Bool {
        if answer.moveUnreadBody(to: &buffer) { return true }
        if let failure { throw failure }
        do throws(UpstreamError) {
            let start = buffer.count
            while !answer.isComplete {
                outgoing.flush(on: connection, at: loop.now)
                try receiveBody(into: &buffer)
                if buffer.count > start { return true }
                guard !answer.isComplete else { break }
                try await wait(atMost: deadlines.betweenBytes, since: loop.now) { .stalled(after: $0) }
            }
            return false
        } catch {
            fail(error)
            throw error
        }
    }

    /// From here on, waits no longer than this for the next byte of the body.
    func limitSilence(to duration: Duration) { deadlines.betweenBytes = duration }

    /// Hands `take` what comes of the body until it says `false`; `false` at the end.
    ///
    /// While the task waits, that happens where the bytes come in, without it: to wake it costs more than all the rest.
    func forEachPiece(_ take: @escaping ([UInt8]) -> Bool) async throws(UpstreamError) -> Bool {
        self.take = take
        defer { self.take = nil }
        if answer.moveUnreadBody(to: &piece) { handOver() }
        if let failure { throw failure }
        do throws(UpstreamError) {
            while self.take != nil, !answer.isComplete {
                guard try !handOverWhatHasCome() else { continue }
                try await wait(atMost: deadlines.betweenBytes, since: loop.now) { .stalled(after: $0) }
            }
            return self.take == nil
        } catch {
            fail(error)
            throw error
        }
    }

    /// Hands over what has come; whether that was anything.
    private func handOverWhatHasCome() throws(UpstreamError) -> Bool {
        outgoing.flush(on: connection, at: loop.now)
        try receiveBody(into: &piece)
        guard !piece.isEmpty else { return false }
        handOver()
        return true
    }

    private func handOver() {
        if let take, !take(piece) { self.take = nil }
        piece.removeAll(keepingCapacity: true)
    }

    /// Hands over what has come while the task waits; whether that one may wait on.
    private func handOverForTask() -> Bool {
        do throws(UpstreamError) {
            guard try handOverWhatHasCome(), take != nil, outgoing.isEmpty, !answer.isComplete else { return false }
        } catch {
            fail(error)
            return false
        }
        connection.extendWait(until: deadline(after: deadlines.betweenBytes, since: loop.now))
        return true
    }

    /// Reads until a byte of the body has come, or nothing is left to read.
    private func receiveBody(into buffer: inout [UInt8]) throws(UpstreamError) {
        let start = buffer.count
        do throws(HTTPError) {
            while connection.isReadable, buffer.count == start, !answer.isComplete {
                switch connection.receive(into: scratch.bytes) {
                case .bytes(let count):
                    try answer.takeBody(UnsafeRawBufferPointer(rebasing: scratch.bytes[..<count]), into: &buffer)
                case .wouldBlock: return
                case .end: try answer.takeEnd()
                case .broken: throw .truncated
                }
                noteBody()
            }
        } catch {
            throw UpstreamError(error)
        }
    }

    /// Notes how much has come; lets go of the connection as soon as that is all, read or not.
    private func noteBody() {
        timings.bodyBytes = answer.bodyBytes
        guard answer.isComplete else { return }
        let isClean = outgoing.isEmpty && !outgoing.isCut && !answer.hasExcess && !connection.hasHungUp
        if isClean, answer.head.keepsAlive {
            connection.release()
        } else {
            connection.close()
        }
    }

    // MARK: End

    /// Closes the connection, at once, unless the response is complete or about to be.
    func close() {
        if !isFinishing { fail(.cancelled) }
    }

    /// Waits, without the caller, for the end of a body of which it has all that it wants.
    func finish() {
        guard failure == nil, !answer.isComplete, !isFinishing else { return }
        isFinishing = true
        deadlines.whole = min(deadlines.whole, loop.now.advanced(by: settings.endingDurationMax))
        let bound = LoopBound(self, to: loop)
        loop.start { await bound.value.takeEnding() }  // its deadline owns it
    }

    private func takeEnding() async {
        var rest: [UInt8] = []
        do throws(UpstreamError) {
            while rest.count <= settings.endingBytesMax, try await read(into: &rest) {}
            fail(.cancelled)
        } catch {
            // The connection is closed, and nobody waits for the answer.
        }
    }

    /// Closes the connection; the slot of a stale one is kept for the fresh one.
    private func fail(_ error: UpstreamError) {
        guard failure == nil, !answer.isComplete else { return }
        failure = error
        wasStale = isStale(error)
        connection.close(keepingSlot: wasStale)
    }

    /// Whether the connection broke as one does that the peer had closed before the request reached it.
    private func isStale(_ error: UpstreamError) -> Bool {
        guard timings.isReused, timings.firstByteAt == nil, let sentAt = timings.sentAt else { return false }
        switch error {
        case .closedBeforeResponse, .sendFailed: return sentAt.duration(to: .now) <= settings.staleConnectionWindow
        default: return false
        }
    }

    /// Waits for the connection to be ready, until a phase's time, or the whole attempt's, is over.
    private func wait(
        atMost limit: Duration,
        since start: Instant,
        orThrow timeout: (Duration) -> UpstreamError
    ) async throws(UpstreamError) {
        let reason = await connection.wait(
            until: deadline(after: limit, since: start),
            toWrite: !outgoing.isEmpty,
            onReadable: take == nil ? nil : { [unowned self] in handOverForTask() }
        )
        // The end may have been handed over in the meantime, and the connection closed with it.
        guard !answer.isComplete else { return }
        switch reason {
        case .ready: return
        case .timedOut: throw loop.now >= deadlines.whole ? .wholeTimedOut : timeout(limit)
        case .cancelled, .closed: throw failure ?? .cancelled
        }
    }

    private func deadline(after limit: Duration, since start: Instant) -> Instant {
        min(start.advanced(by: limit), deadlines.whole)
    }
}
