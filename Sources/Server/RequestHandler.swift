public import Reactor

/// Answers requests; called on the loop of the request's connection.
public protocol RequestHandler: Sendable {
    /// Answers one request, through `exchange`.
    ///
    /// It runs in its connection's task and stays on its loop. The task is cancelled in the turn in which the client is
    /// seen to be gone. Returning without an answer makes it a 500; returning from a stream that is not finished resets
    /// the connection, so that the client cannot take a cut answer for a whole one.
    func respond(to exchange: Exchange) async

    /// Header lines for an answer that the server gives by itself: to what is no request, or in a handler's stead.
    ///
    /// - Parameters:
    ///   - status: The answer's.
    ///   - reason: What the client is told.
    ///   - loop: The one that this is called on.
    /// - Returns: `name: value CRLF` each, as `HTTP`'s `appendField` makes them.
    func fieldsOfRefusal(status: Int, reason: String, on loop: EventLoop) -> [UInt8]
}

extension RequestHandler {
    /// None.
    public func fieldsOfRefusal(status: Int, reason: String, on loop: EventLoop) -> [UInt8] { [] }
}
