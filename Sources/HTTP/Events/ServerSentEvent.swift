/// One block of an event stream, up to and with the empty line that ends it.
///
/// All of it are slices of the parser's buffer: let go of the event before the next ``EventStreamParser/append(_:)``, or
/// that one has to copy what is left in the buffer.
public struct ServerSentEvent: Sendable {
    /// The very bytes that came, to be passed on as they are; those of all events together are the stream.
    public let raw: ArraySlice<UInt8>
    /// The event's data: of several `data` lines all values, with LF between them.
    public let data: ArraySlice<UInt8>
    /// The value of the last `event` line, if it isn't empty; without one, clients call it `message`.
    public let name: ArraySlice<UInt8>?
    /// Whether there is no data line, so that clients don't see an event: comments, empty blocks, a lone `retry`.
    public let isComment: Bool
}

/// Why an event stream can't be read on.
public enum EventStreamError: Error, Hashable, Sendable {
    /// An event, finished or not, is longer than the limit.
    case eventTooLarge(eventBytesMax: Int)
}
