internal import CCurl
internal import HTTP
internal import Reactor

/// One request and its response through libcurl's own HTTP layer; for HTTP/2 and for jobs off the fast path.
///
/// libcurl's callbacks only store what came and wake the reader; they pause libcurl while 64 KiB wait to be read.
/// libcurl keeps its own connections, and repeats a request itself where a reused one turns out to be closed.
final class CurlTransfer {
    private static let bodyBytesKept = 64 * 1024

    private let handle: EasyHandle
    private let pool: ConnectionPool
    private let settings: UpstreamSettings
    private let deadlines: AttemptDeadlines
    private let loop: EventLoop
    private let waiter: Waiter
    private let isHead: Bool

    private var headBytes: [UInt8] = []
    private var isHeadComplete = false
    private var body: [UInt8] = []
    private var isPaused = false
    private var result: CURLcode?
    private var failure: UpstreamError?
    private var isClosed = false

    private(set) var head = ResponseHead()
    private(set) var timings = UpstreamTimings()

    /// Prepares a transfer in a slot of `pool` that the caller holds.
    init(_ request: UpstreamRequest, connector: Connector, pool: ConnectionPool, deadlines: AttemptDeadlines) {
        handle = connector.handle(for: request.origin, connectTimeout: deadlines.connect, isTransfer: true)
        settings = connector.settings
        loop = connector.multi.loop
        waiter = Waiter(on: loop)
        self.pool = pool
        self.deadlines = deadlines
        isHead = request.method == .head
        describe(request)
        takeCallbacks()
    }

    deinit { close() }

    /// Sends the request and returns once the head of its response is there.
    func start() async throws(UpstreamError) {
        let start = loop.now
        timings.sentAt = start
        handle.start { [unowned self] code in
            result = code
            waiter.end(.ready)
        }
        let limit = deadlines.connect + deadlines.firstByte
        while !isHeadComplete {
            try await waitUnlessDone(
                atMost: limit,
                since: start,
                orThrow: .firstByteTimedOut(after: deadlines.firstByte)
            )
        }
    }

    /// Appends what has come of the body; waits for at least one byte, `false` at the end.
    func read(into buffer: inout [UInt8]) async throws(UpstreamError) -> Bool {
        while body.isEmpty {
            if result == CURLE_OK { return false }
            let timeout = UpstreamError.stalled(after: deadlines.betweenBytes)
            try await waitUnlessDone(atMost: deadlines.betweenBytes, since: loop.now, orThrow: timeout)
        }
        if buffer.isEmpty { swap(&buffer, &body) } else { buffer.append(contentsOf: body) }
        body.removeAll(keepingCapacity: true)
        if isPaused, !isClosed {
            isPaused = false
            curl_easy_pause(handle.pointer, CURLPAUSE_CONT)  // calls back at once with what it held back
        }
        return true
    }

    /// Ends the transfer at once, unless it is complete.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        let isCut = result == nil
        if result != CURLE_OK, failure == nil { failure = .cancelled }
        // A connection that no other stream uses is closed with this one, or the backend would not hear of its end.
        if isCut { handle.set(CURLOPT_FORBID_REUSE, 1) }
        handle.close()
        if isCut { handle.multi.flush() }
        pool.giveUpSlot()
        waiter.end(.closed)
    }

    // MARK: Request

    private func describe(_ request: UpstreamRequest) {
        handle.set(CURLOPT_URL, request.origin.url + request.path)
        handle.set(CURLOPT_PATH_AS_IS, 1)
        let version =
            request.transport == .http2PriorKnowledge ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS
        handle.set(CURLOPT_HTTP_VERSION, Int(version))
        handle.set(CURLOPT_PIPEWAIT, 1)
        if request.announcesLength {
            handle.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: request.body.count)
            request.body.withUnsafeBytes { body in
                if body.isEmpty {
                    handle.set(CURLOPT_COPYPOSTFIELDS, "")
                } else {
                    handle.set(CURLOPT_COPYPOSTFIELDS, pointer: body.baseAddress)
                }
            }
        }
        if isHead { handle.set(CURLOPT_NOBODY, 1) }
        handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        for line in request.headerLines.split(separator: 0x0A) {
            handle.addHeaderLine(String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self))
        }
        // A name without a value takes away what libcurl would add, unless a line above has set it.
        for line in ["expect:", "accept:", "content-type:"] { handle.addHeaderLine(line) }
    }

    private func takeCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_HEADERDATA, pointer: context)
        handle.set(CURLOPT_WRITEDATA, pointer: context)
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().takeHeaderLine(line)
        }
        handle.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().takeBody(part)
        }
    }

    // MARK: Callbacks: store and wake

    /// Collects the lines of one head; another count than the line's ends the transfer.
    private func takeHeaderLine(_ line: UnsafeRawBufferPointer) -> Int {
        guard !isHeadComplete else { return line.count }  // trailers
        if timings.firstByteAt == nil { timings.firstByteAt = loop.now }
        if headBytes.isEmpty, line.starts(with: "HTTP/2 ".utf8) {
            headBytes.append(contentsOf: "HTTP/1.1 ".utf8)
            headBytes.append(contentsOf: line.dropFirst(7))
        } else {
            headBytes.append(contentsOf: line)
        }
        do throws(HTTPError) {
            guard headBytes.count <= settings.responseHeadBytesMax else {
                throw .headTooLarge(headBytesMax: settings.responseHeadBytesMax)
            }
            if line.count <= 2 { try finishHead() }
        } catch {
            failure = UpstreamError(error)
            return 0
        }
        return line.count
    }

    private func finishHead() throws(HTTPError) {
        var parser = ResponseHeadParser(
            headBytesMax: settings.responseHeadBytesMax,
            headerCountMax: settings.responseHeaderCountMax
        )
        _ = try headBytes.withUnsafeBufferPointer { bytes throws(HTTPError) in
            try parser.parse(UnsafeRawBufferPointer(bytes), toHead: isHead, into: &head)
        }
        headBytes = []
        guard !head.isInformational else { return }
        isHeadComplete = true
        waiter.end(.ready)
    }

    private func takeBody(_ part: UnsafeRawBufferPointer) -> Int {
        guard body.count < Self.bodyBytesKept else {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        guard part.count <= settings.responseBodyBytesMax - timings.bodyBytes else {
            failure = .responseTooLarge(.bodyTooLarge(bodyBytesMax: settings.responseBodyBytesMax))
            return 0
        }
        body.append(contentsOf: part)
        timings.bodyBytes += part.count
        waiter.end(.ready)
        return part.count
    }

    // MARK: Waiting

    private func waitUnlessDone(
        atMost limit: Duration,
        since start: Instant,
        orThrow timeout: UpstreamError
    ) async throws(UpstreamError) {
        do throws(UpstreamError) {
            if let failure { throw failure }
            if result == nil {
                let deadline = min(start.advanced(by: limit), deadlines.whole)
                switch await waiter.wait(until: deadline) {
                case .ready: break
                case .timedOut: throw deadline == deadlines.whole ? .wholeTimedOut : timeout
                case .cancelled, .closed: throw .cancelled
                }
            }
            if let result, result != CURLE_OK {
                throw failure ?? UpstreamError(result, of: handle, isHeadComplete: isHeadComplete, deadlines.connect)
            }
        } catch {
            failure = error
            close()
            throw error
        }
        if result == CURLE_OK {
            // libcurl keeps the connection; the handle and the slot are not needed any more.
            if !isHeadComplete { throw .closedBeforeResponse }
            close()
        }
    }
}
