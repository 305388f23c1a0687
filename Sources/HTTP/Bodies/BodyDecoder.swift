/// Takes a message's body out of a connection's bytes, by its framing: RFC 9112, §6.
///
/// Bytes after the body's end are left alone, for they are the next message. After an error the connection must be closed.
public struct BodyDecoder: Sendable {
    private let framing: BodyFraming
    private let bodyBytesMax: Int
    private var chunks: ChunkedDecoder
    /// Bytes to come with a known length, bytes that came until close.
    private var bytes: Int

    /// Whether the body has come as a whole.
    public private(set) var isComplete: Bool

    /// A decoder for one body.
    ///
    /// - Parameters:
    ///   - framing: As the message's head says.
    ///   - bodyBytesMax: The body's length at most.
    ///   - overheadBytesMax: The length of all chunk extensions and trailers at most; both are dropped.
    /// - Throws: ``HTTPError/bodyTooLarge(bodyBytesMax:)`` when the head itself says so, before any byte is read.
    public init(_ framing: BodyFraming, bodyBytesMax: Int, overheadBytesMax: Int) throws(HTTPError) {
        self.framing = framing
        self.bodyBytesMax = bodyBytesMax
        chunks = ChunkedDecoder(bodyBytesMax: bodyBytesMax, overheadBytesMax: overheadBytesMax)
        switch framing {
        case .none: (bytes, isComplete) = (0, true)
        case .length(let length): (bytes, isComplete) = (length, length <= 0)
        case .chunked, .untilClose: (bytes, isComplete) = (0, false)
        }
        guard bytes <= bodyBytesMax else { throw .bodyTooLarge(bodyBytesMax: bodyBytesMax) }
    }

    /// Appends what `input` holds of the body to `output`.
    ///
    /// - Returns: How many bytes of `input` belong to the body and its framing; the rest is the next message's.
    public mutating func decode(
        _ input: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(HTTPError) -> Int {
        guard !isComplete else { return 0 }
        switch framing {
        case .none:
            return 0
        case .length:
            let count = min(bytes, input.count)
            output.append(copying: UnsafeRawBufferPointer(rebasing: input[..<count]))
            bytes -= count
            isComplete = bytes == 0
            return count
        case .chunked:
            let count = try chunks.decode(input, into: &output)
            isComplete = chunks.isComplete
            return count
        case .untilClose:
            guard input.count <= bodyBytesMax - bytes else { throw .bodyTooLarge(bodyBytesMax: bodyBytesMax) }
            output.append(copying: input)
            bytes += input.count
            return input.count
        }
    }

    /// Says that the peer closed the connection: the end of a body whose framing is that, an error for any other.
    public mutating func finishAtClose() throws(HTTPError) {
        guard isComplete || framing == .untilClose else { throw .truncated }
        isComplete = true
    }
}
