internal import CCurl
internal import HTTP
internal import Reactor

/// One request and its response through libcurl's own HTTP layer; for HTTP/2 and for jobs off the fast path.
///
/// Phases: connecting → sending → waiting for the head → reading. libcurl's callbacks only store what came and wake the
/// task; they pause libcurl while 64 KiB wait to be read. libcurl keeps its own connections, and would repeat a request
/// whenever a reused one turns out to be closed. Here it may do so once, at once, and over HTTP/2 alone, which leaves
/// streams that the server refused: over HTTP/1.1 it takes the start of a status line for no answer.
final class CurlTransfer {
    /// What becomes of a part of the body.
    enum Reception {
        case taken, later, refused
    }

    private static let bodyBytesKept = 64 * 1024

    private let handle: EasyHandle
    private let pool: ConnectionPool
    private let staleWindow: Duration
    private var deadlines: AttemptDeadlines
    private let loop: EventLoop
    private let waiter: Waiter

    private let body: [UInt8]
    private var bodySent = 0
    private var answer: CurlAnswer
    private var isPaused = false
    /// Whether the request may go out again if its connection turns out to be closed.
    private var isRepeatable = false
    private let allowsResending: Bool
    /// When the present phase began, or a byte of the body last went out.
    private var movedAt: Instant
    private var result: CURLcode?
    private var failure: UpstreamError?
    private var isClosed = false
    private(set) var timings = UpstreamTimings()

    var head: ResponseHead { answer.head }
    /// When the request began to go out; `nil` if not all of it has.
    var requestSentAt: Instant? { bodySent == body.count ? timings.sentAt : nil }

    /// Prepares a transfer in a slot of `pool` that the caller holds.
    init(_ request: UpstreamRequest, connector: Connector, pool: ConnectionPool, deadlines: AttemptDeadlines) {
        handle = connector.handle(for: request.origin, connectTimeout: deadlines.connect)
        staleWindow = connector.settings.staleConnectionWindow
        loop = connector.multi.loop
        waiter = Waiter(on: loop)
        self.pool = pool
        self.deadlines = deadlines
        body = request.body
        allowsResending = request.allowsResending
        answer = CurlAnswer(toHEAD: request.method == .head, settings: connector.settings)
        movedAt = loop.now
        handle.describe(request)
        takeCallbacks(of: handle)
    }

    deinit { close() }

    /// Sends the request and returns once the head of its response is there.
    func start() async throws(UpstreamError) {
        movedAt = loop.now
        handle.start { [unowned self] code in
            result = code
            waiter.end(.ready)
        }
        while !answer.isHeadComplete { try await waitUnlessDone() }
    }

    /// Appends what has come of the body; waits for at least one byte, `false` at the end.
    func read(into buffer: inout [UInt8]) async throws(UpstreamError) -> Bool {
        movedAt = loop.now
        while !answer.moveUnreadBody(to: &buffer) {
            if result == CURLE_OK { return false }
            try await waitUnlessDone()
        }
        if isPaused, !isClosed {
            isPaused = false
            curl_easy_pause(handle.pointer, CURLPAUSE_CONT)  // calls back at once with what it held back
        }
        return true
    }

    /// Ends the transfer at once, unless it is complete.
    func close() { end(keepingConnection: false) }

    /// From here on, waits no longer than this for the next byte of the body.
    func limitSilence(to duration: Duration) { deadlines.betweenBytes = duration }

    /// Ends a transfer whose backend is done: over HTTP/2 its connection goes on.
    func finish() { end(keepingConnection: true) }

    private func end(keepingConnection: Bool) {
        guard !isClosed else { return }
        isClosed = true
        if result != CURLE_OK, failure == nil { failure = .cancelled }
        // A connection that no other stream uses is closed with this one, or the backend would not hear of its end.
        if result == nil, !keepingConnection { handle.set(CURLOPT_FORBID_REUSE, 1) }
        handle.close()
        pool.giveUpSlot()
        waiter.end(.closed)
    }

    // MARK: Callbacks: store and wake

    /// The connection is there, and the request is about to go out on it, once more perhaps; whether it may.
    func isReady(_ connection: ConnectionKey) -> Bool {
        handle.multi.note(handle, on: connection)
        if let sentAt = timings.sentAt {
            // After a while, or a second time, nothing says that the backend has not worked on it.
            guard isRepeatable, !timings.retriedStale, sentAt.duration(to: loop.now) <= staleWindow else {
                failure = .closedBeforeResponse
                return false
            }
            timings.retriedStale = true
            pool.metrics.retriedStale()
        } else {
            timings.connect = movedAt.duration(to: loop.now)
        }
        isRepeatable = allowsResending && handle.isOnSecureHTTP2
        timings.isReused = handle.isOnReusedConnection
        timings.sentAt = loop.now
        enterPhase()
        return true
    }

    /// Copies the next part of the request's body.
    func giveBody(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = body[bodySent...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        bodySent += part.count
        movedAt = loop.now
        if bodySent == body.count { enterPhase() }
        return part.count
    }

    func rewindBody(to offset: Int) { bodySent = min(max(offset, 0), body.count) }

    func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Bool {
        if timings.firstByteAt == nil { timings.firstByteAt = loop.now }
        do throws(HTTPError) {
            try answer.takeHeaderLine(line)
        } catch {
            failure = UpstreamError(error)
            return false
        }
        if answer.isHeadComplete { enterPhase() }
        return true
    }

    func takeBody(_ part: UnsafeRawBufferPointer) -> Reception {
        guard answer.unreadBody.count < Self.bodyBytesKept else {
            isPaused = true
            return .later
        }
        do throws(HTTPError) {
            try answer.takeBody(part)
        } catch {
            failure = UpstreamError(error)
            return .refused
        }
        timings.bodyBytes = answer.bodyBytes
        waiter.end(.ready)
        return .taken
    }

    /// Has the task look again, for its deadline may be another one now.
    private func enterPhase() {
        movedAt = loop.now
        waiter.end(.ready)
    }

    // MARK: Waiting

    /// How long the present phase may last, and what it is when it lasts longer.
    private var patience: (limit: Duration, timeout: UpstreamError) {
        if timings.sentAt == nil {
            (deadlines.connect, .connectTimedOut(after: deadlines.connect))
        } else if answer.isHeadComplete || bodySent < body.count {
            (deadlines.betweenBytes, .stalled(after: deadlines.betweenBytes))
        } else {
            (deadlines.firstByte, .firstByteTimedOut(after: deadlines.firstByte))
        }
    }

    private func waitUnlessDone() async throws(UpstreamError) {
        do throws(UpstreamError) {
            if let failure { throw failure }
            if result == nil { try await waitForCallback() }
            if let result, result != CURLE_OK {
                let hasBegun = timings.firstByteAt != nil
                throw failure ?? UpstreamError(result, of: handle, hasBegun: hasBegun, deadlines.connect)
            }
        } catch {
            failure = error
            close()
            throw error
        }
        if result == CURLE_OK {
            // libcurl keeps the connection; the handle and the slot are not needed any more.
            if !answer.isHeadComplete { throw .closedBeforeResponse }
            close()
        }
    }

    private func waitForCallback() async throws(UpstreamError) {
        switch await waiter.wait(until: min(movedAt.advanced(by: patience.limit), deadlines.whole)) {
        case .ready: return
        case .timedOut:
            if loop.now >= deadlines.whole { throw .wholeTimedOut }
            // Parts of the body that went out since have moved the deadline without a word.
            if loop.now >= movedAt.advanced(by: patience.limit) { throw patience.timeout }
        case .cancelled, .closed: throw .cancelled
        }
    }
}
