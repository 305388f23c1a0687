/// Answers requests; called on the loop of the request's connection.
public protocol RequestHandler: Sendable {
    /// Answers one request, through `exchange`.
    ///
    /// It runs in its connection's task and stays on its loop. The task is cancelled in the turn in which the client is
    /// seen to be gone. Returning without an answer makes it a 500; returning from a stream that is not finished resets
    /// the connection, so that the client cannot take a cut answer for a whole one.
    func respond(to exchange: Exchange) async
}
