internal import HTTP

/// Makes requests of a connection's bytes, however they are cut: a state machine without I/O.
///
/// States: head → body → complete, and with ``startNext()`` the next head. In the common case a request lies in one read:
/// nothing but its head and its body is copied. `pending` holds what a read brought too much or too little.
struct RequestReader {
    /// What the current request lacks.
    enum Progress {
        /// Its head, all or in part.
        case head
        /// A part of its body.
        case body
        /// Nothing.
        case complete
    }

    private(set) var head = RequestHead()
    private(set) var body: [UInt8] = []
    private var parser: RequestHeadParser
    private var decoder: BodyDecoder?
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private let bodyBytesMax: Int
    private let chunkOverheadBytesMax: Int

    init(_ limits: ServerLimits) {
        parser = RequestHeadParser(headBytesMax: limits.headBytesMax, headerCountMax: limits.headerCountMax)
        bodyBytesMax = limits.bodyBytesMax
        chunkOverheadBytesMax = limits.chunkOverheadBytesMax
    }

    /// Whether bytes are kept that belong to no complete request.
    var hasPending: Bool { pendingStart < pending.count }

    /// Whether the client waits for leave to send its body, of which nothing has come.
    var awaitsContinue: Bool { decoder != nil && head.expectsContinue && body.isEmpty && !hasPending }

    /// Goes on to the next request, with the bytes that came with the last one.
    mutating func startNext() throws(HTTPError) -> Progress {
        // Kept memory would make every idle connection heavier, and asking for it anew costs less than a hundredth of a
        // request.
        body.removeAll(keepingCapacity: body.capacity <= 512)
        decoder = nil
        return hasPending ? try takePending() : .head
    }

    /// Takes what a read brought.
    mutating func take(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Progress {
        guard pending.isEmpty else {
            pending.removeSubrange(..<pendingStart)
            pendingStart = 0
            pending.append(contentsOf: bytes)
            return try takePending()
        }
        let count = try consume(bytes)
        if count < bytes.count { pending.append(contentsOf: bytes[count...]) }
        return progress
    }

    private var progress: Progress { decoder.map { $0.isComplete ? .complete : .body } ?? .head }

    private mutating func takePending() throws(HTTPError) -> Progress {
        let (bytes, start) = (pending, pendingStart)
        let count = try bytes[start...].withUnsafeBufferPointer { (bytes) throws(HTTPError) -> Int in
            try consume(UnsafeRawBufferPointer(bytes))
        }
        pendingStart = start + count
        if pendingStart == pending.count {
            pending = []
            pendingStart = 0
        }
        return progress
    }

    /// Takes the rest of one request from `bytes` and returns how many bytes that was.
    private mutating func consume(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Int {
        var count = 0
        if decoder == nil {
            guard let headCount = try parser.parse(bytes, into: &head) else { return 0 }
            count = headCount
            decoder = try BodyDecoder(
                head.framing,
                bodyBytesMax: bodyBytesMax,
                overheadBytesMax: chunkOverheadBytesMax
            )
        }
        // `decoder` is there: optional chaining decodes in place.
        let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
        return count + (try decoder?.decode(rest, into: &body) ?? 0)
    }
}
